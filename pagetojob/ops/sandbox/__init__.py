"""The harness of sandbox validation: it runs each case of the protocol on an account of ours."""

#: Kind of the runs that a worker performs.
KIND = "sandbox.validate"

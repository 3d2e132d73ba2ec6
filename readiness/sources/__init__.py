"""Document rows generated from code instead of a table, so that they always match what runs."""

from .code import contract_rows, module_rows, table_rows
from .flags import flag_rows, gate_rows, scope_rows

__all__ = ["contract_rows", "flag_rows", "gate_rows", "module_rows", "scope_rows", "table_rows"]

"""Rows of the document that come from code, not from a table: what they say cannot drift from what runs."""

from .code import contract_rows, module_rows, table_rows
from .flags import flag_rows, gate_rows, scope_rows

__all__ = ["contract_rows", "flag_rows", "gate_rows", "module_rows", "scope_rows", "table_rows"]

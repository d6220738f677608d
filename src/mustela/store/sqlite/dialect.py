"""How SQLite spells our statements."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler, SQLiteDialect


class LiteralCompiler(SQLiteCompiler):
    """Writes the constants of an expression into the text; only ``bindparam`` is bound.

    A constant that is bound has to be given with every call, and hides from the planner that a
    partial index (``WHERE ready = 1``) serves the statement.
    """

    def visit_bindparam(self, bindparam: BindParameter[Any], *args: Any, **kw: Any) -> str:
        compiler: Any = super()  # SQLAlchemy gives these methods no types
        text: str
        # An anonymous one; one that was given a name may be given another value.
        if bindparam.unique and not bindparam.expanding and type(bindparam.value) in {int, str}:
            text = compiler.render_literal_bindparam(bindparam, **kw)
        else:
            text = compiler.visit_bindparam(bindparam, *args, **kw)
        return text


class Dialect(SQLiteDialect):
    """For compiling alone: raw connections run the text."""

    statement_compiler = LiteralCompiler


DIALECT = Dialect(paramstyle="named")
#: The same with a question mark for each value.
MARKED = Dialect(paramstyle="qmark")

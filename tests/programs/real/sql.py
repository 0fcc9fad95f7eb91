"""Formats a statement."""
import sqlparse

STATEMENT = "select a, b from t where x = 1 and y in (select z from q) order by a"
print(sqlparse.format(STATEMENT, reindent=True, keyword_case="upper"))

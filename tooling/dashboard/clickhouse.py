"""Runs queries on the rows of a data set of Analytics Engine, in the database whose SQL it speaks."""
import json
import sys

from chdb.session import Session

# The columns that the queries use: https://developers.cloudflare.com/analytics/analytics-engine/sql-api/
TABLE = """CREATE TABLE edge_login (timestamp DateTime('UTC'), _sample_interval UInt32,
blob1 String, blob2 String, blob3 String, blob4 String, blob5 String) ENGINE = Memory"""

given = json.load(sys.stdin)
with Session() as session:
    session.query("CREATE DATABASE worker")
    session.query("USE worker")
    session.query(TABLE)
    session.query("INSERT INTO edge_login FORMAT JSONEachRow " + "\n".join(map(json.dumps, given["rows"])))
    answers = [json.loads(str(session.query(query, "JSON")))["data"] for query in given["queries"]]
print(json.dumps(answers))

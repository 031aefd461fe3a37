"""Schemathesis sends JSON Lines as it sends text."""

import schemathesis

schemathesis.serializer.alias("application/x-ndjson", "text/plain")

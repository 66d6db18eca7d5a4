"""A record store on SQL: the host's people and companies. A host has columns where this has a document."""
import json
import sqlite3

from crmsync import Changes, Conflict, Gone, Saved

TABLE = """CREATE TABLE IF NOT EXISTS record (workspace TEXT, kind TEXT, id TEXT, rev INTEGER, origin TEXT,
           deleted INTEGER DEFAULT 0, fields TEXT, PRIMARY KEY (workspace, kind, id))"""


def plain(value):
    """Numbers arrive as Decimal, days as date."""
    return int(value) if hasattr(value, "as_tuple") and value == int(value) else \
        float(value) if hasattr(value, "as_tuple") else value.isoformat()


class SqlRecords:
    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None, timeout=10)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute(TABLE)
        self.db.execute("CREATE INDEX IF NOT EXISTS record_rev ON record (workspace, kind, rev)")

    def _find(self, workspace, kind, column, value):
        row = self.db.execute("SELECT id, rev, origin, fields FROM record WHERE workspace = ? AND kind = ?"
                              f" AND {column} = ? AND NOT deleted", (workspace, kind, value)).fetchone()
        return {**json.loads(row[3]), "id": row[0], "rev": str(row[1]), "origin": row[2]} if row else None

    def load(self, workspace, kind, ids):
        return [record for record in (self._find(workspace, kind, "id", id) for id in ids) if record]

    def write(self, workspace, kind, record):
        """Every change gets the next number: that is the revision, and the change feed."""
        fields = {k: v for k, v in record.items() if k not in ("id", "rev", "origin", "deleted")}
        rev = self.db.execute("SELECT coalesce(max(rev), 0) + 1 FROM record").fetchone()[0]
        self.db.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (workspace, kind, record["id"], rev, record.get("origin") or "",
                         bool(record.get("deleted")), json.dumps(fields, default=plain)))
        return Saved(record["id"], str(rev))

    def save(self, workspace, kind, items):
        with self.db:
            self.db.execute("BEGIN IMMEDIATE")
            return [self._save(workspace, kind, item) for item in items]

    def _save(self, workspace, kind, item):
        if item.get("rev"):
            old = self._find(workspace, kind, "id", item["id"])
            if not old:
                return Gone()
            if old["rev"] != item["rev"]:
                return Conflict()  # somebody edited it since it was loaded
            return self.write(workspace, kind, {**old, **item})
        old = self._find(workspace, kind, "origin", item["origin"]) if item.get("origin") else None
        if old:  # this creation was carried out before: the same answer again
            same = all(old.get(k) == v for k, v in item.items() if k not in ("id", "rev"))
            return Saved(old["id"], old["rev"]) if same else Conflict()
        return self.write(workspace, kind, item)

    def changed(self, workspace, kind, cursor, limit):
        rows = self.db.execute("SELECT id, rev, deleted FROM record WHERE workspace = ? AND kind = ? AND rev > ?"
                               " ORDER BY rev LIMIT ?", (workspace, kind, int(cursor or 0), limit + 1)).fetchall()
        page = rows[:limit]
        return Changes([{"id": id, "rev": str(rev), "deleted": bool(gone)} for id, rev, gone in page],
                       str(page[-1][1]) if page else cursor, len(rows) > limit)

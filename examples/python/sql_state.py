"""A state store on SQL: where the sync remembers. Here SQLite; the statements are the same elsewhere."""
import sqlite3

from crmsync import Commit, CommitOutcome, Entry

TABLE = """CREATE TABLE IF NOT EXISTS crm_state (workspace TEXT, space INTEGER, key BLOB, value BLOB,
           version TEXT, PRIMARY KEY (workspace, space, key)) WITHOUT ROWID"""


class SqlState:
    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute("PRAGMA synchronous = FULL")  # a commit that said OK survives a power cut
        self.db.execute(TABLE)

    def _one(self, workspace, entry):
        return self.db.execute("SELECT value, version FROM crm_state WHERE workspace = ? AND space = ? AND key = ?",
                               (workspace, entry.space, entry.key)).fetchone()

    def get(self, workspace, keys):
        with self.db:
            self.db.execute("BEGIN")  # one snapshot
            found = [(key, self._one(workspace, key)) for key in keys]
        return [Entry(key.space, key.key, row[0], int(row[1])) for key, row in found if row]

    def scan(self, workspace, space, start, end, limit, reverse):
        rows = self.db.execute(
            "SELECT key, value, version FROM crm_state WHERE workspace = ? AND space = ? AND key >= ?"
            f" AND (? = x'' OR key < ?) ORDER BY key {'DESC' if reverse else 'ASC'} LIMIT ?",
            (workspace, space, start, end, end, limit)).fetchall()
        return [Entry(space, key, value, int(version)) for key, value, version in rows]

    def commit(self, commit: Commit):
        with self.db:  # all of it or nothing
            self.db.execute("BEGIN IMMEDIATE")
            for expected in commit.expects:
                row = self._one(commit.workspace, expected)
                if (int(row[1]) if row else 0) != expected.version:
                    return CommitOutcome.CONFLICT
            self.db.executemany("DELETE FROM crm_state WHERE workspace = ? AND space = ? AND key = ?",
                                [(commit.workspace, e.space, e.key) for e in commit.deletes])
            self.db.executemany("INSERT OR REPLACE INTO crm_state VALUES (?, ?, ?, ?, ?)",
                                [(commit.workspace, e.space, e.key, e.value, str(e.version))
                                 for e in commit.puts])
        return CommitOutcome.OK

    def clear(self, workspace, space, start, end):
        self.db.execute("DELETE FROM crm_state WHERE workspace = ? AND space = ? AND key >= ?"
                        " AND (? = x'' OR key < ?)", (workspace, space, start, end, end))

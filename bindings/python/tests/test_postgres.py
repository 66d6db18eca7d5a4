"""The PostgreSQL stores from Python, on a server of the test's own; without one it is skipped."""
import os
import pwd
import shutil
import subprocess
import tempfile
import unittest

import crmsync

BIN = os.environ.get("POSTGRES_BIN", "")


def harmless():
    """The server refuses to run as root."""
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def run(name, *words):
    subprocess.run([os.path.join(BIN, name), *words], check=True, preexec_fn=harmless, cwd="/",
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   env={k: v for k, v in os.environ.items() if k != "LD_PRELOAD"})


@unittest.skipUnless(BIN and crmsync.has("postgres"), "no PostgreSQL server is installed, or no adapter built")
class Stores(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="crmsync-pg-")
        if os.geteuid() == 0:
            shutil.chown(cls.folder, "postgres", "postgres")
        data = os.path.join(cls.folder, "data")
        run("initdb", "-D", data, "-A", "trust", "-U", "crmsync", "-E", "UTF8", "--no-locale", "-N")
        run("pg_ctl", "start", "-w", "-D", data, "-l", os.path.join(cls.folder, "log"), "-o",
            f"-c listen_addresses='' -c unix_socket_directories='{cls.folder}'")
        cls.conninfo = f"host={cls.folder} user=crmsync dbname=postgres"

    @classmethod
    def tearDownClass(cls):
        run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", os.path.join(cls.folder, "data"))
        shutil.rmtree(cls.folder)

    def test_records_come_back_and_another_connection_sees_them(self):
        with crmsync.PostgresStore(self.conninfo, schema="one") as db:
            db.put("acme", crmsync.Rows.from_jsonl("person", b'{"id":"1","email":"ann@example.com"}\n'
                                                             b'{"id":"2","email":"bob@example.com"}\n'))
            with crmsync.PostgresStore(self.conninfo, schema="one") as other:
                other.remove("acme", "person", "1")
            left = db.get("acme", "person").to_dicts()
            self.assertEqual([(row["id"], row["email"]) for row in left], [("2", "bob@example.com")])
            with self.assertRaises(crmsync.NotFoundError):
                db.remove("acme", "person", "1")

    def test_no_server_is_an_error_that_passes(self):
        with self.assertRaises(crmsync.CrmSyncError) as caught:
            crmsync.PostgresStore("host=/nowhere/at/all")
        self.assertEqual(caught.exception.error_class, crmsync.ErrorClass.TRANSIENT)


if __name__ == "__main__":
    unittest.main()

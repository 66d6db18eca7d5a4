"""Hooks written in Python: the contract tests, and exceptions on their way through C."""
import concurrent.futures
import gc
import os
import queue
import sys
import tempfile
import threading
import time
import unittest

import crmsync
from crmsync import _trampolines, conformance, hooks
from crmsync.words import CaseResult

ROOT = os.environ["SOURCE_ROOT"]
sys.path.insert(0, os.path.join(ROOT, "examples", "python"))
sys.dont_write_bytecode = True

import plain_http
import sql_records
import sql_state

CONFIG = {"version": 1, "connection": {"client_id": "c", "redirect_uri": "https://host.example/back"}}


class Pool:
    """A transport with several exchanges in flight: threads that send, and a queue that poll reads."""

    def __init__(self):
        self.workers = concurrent.futures.ThreadPoolExecutor(8)
        self.plain = plain_http.PlainHttp()
        self.arrived = queue.SimpleQueue()
        self.rest = {}  # open exchanges -> pieces that are still to be delivered

    def start(self, request, sink):
        self.rest[request.id] = []
        self.workers.submit(self._work, request)

    def _work(self, request):
        try:
            self.arrived.put((request.id, self.plain.send(request), crmsync.HttpOutcome.RESPONDED))
        except crmsync.NotSent:
            self.arrived.put((request.id, None, crmsync.HttpOutcome.NOT_SENT))
        except crmsync.TlsRefused:
            self.arrived.put((request.id, None, crmsync.HttpOutcome.REFUSED_TLS))
        except BaseException:
            self.arrived.put((request.id, None, crmsync.HttpOutcome.UNKNOWN))

    def poll(self, timeout, sink):
        try:
            id, answer, outcome = self.arrived.get(timeout=timeout) if timeout else self.arrived.get_nowait()
        except queue.Empty:
            return
        if id not in self.rest:
            return
        if answer is None:
            del self.rest[id]
            sink.done(id, outcome, "no answer")
        elif sink.head(id, answer.status, answer.headers):
            self.rest[id] = [answer.body[i:i + 16384] for i in range(0, len(answer.body), 16384)]
            self.resume(id, sink)

    def resume(self, id, sink):
        while self.rest.get(id):
            verdict = sink.body(id, self.rest[id].pop(0))
            if verdict == crmsync.BodyVerdict.PAUSED:
                return
            if verdict == crmsync.BodyVerdict.LIMIT:
                del self.rest[id]
                return sink.done(id, crmsync.HttpOutcome.UNKNOWN, "too much")
        if self.rest.pop(id, None) is not None:
            sink.done(id, crmsync.HttpOutcome.RESPONDED)

    def cancel(self, id):
        self.rest.pop(id, None)

    def wake(self):
        self.arrived.put((0, None, crmsync.HttpOutcome.UNKNOWN))


class Kit(unittest.TestCase):
    def passes(self, cases, at_least, skips=()):
        failed = [f"{case.name}: {case.message}" for case in cases if case.result == CaseResult.FAILED]
        skipped = {case.name for case in cases if case.result == CaseResult.SKIPPED}
        self.assertEqual(failed, [])
        self.assertEqual(skipped - set(skips), set(), "skipped without need")
        self.assertGreaterEqual(len(cases) - len(skipped), at_least)

    def folder(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name

    def test_a_state_store_in_python(self):
        path = os.path.join(self.folder(), "state.db")
        self.passes(conformance.check_state(sql_state.SqlState(path), other=sql_state.SqlState(path),
                                            reopen=lambda: sql_state.SqlState(path)), 15)

    def test_a_record_store_in_python(self):
        path = os.path.join(self.folder(), "records.db")
        store = sql_records.SqlRecords(path)
        def remove(workspace, kind, id):
            store.write(workspace, kind, {"id": id, "deleted": True})

        cases = conformance.check_records(store, remove=remove,
                                          reopen=lambda: sql_records.SqlRecords(path))
        self.passes(cases, 8, [case.name for case in cases if "/find" in case.name])

    def test_a_transport_in_python(self):
        cases = conformance.check_transport(plain_http.PlainHttp())
        self.passes(cases, 25, [case.name for case in cases if "/flow/" in case.name])

    def test_a_transport_with_several_exchanges_in_flight(self):
        pool = Pool()
        self.addCleanup(pool.workers.shutdown)
        cases = conformance.check_transport(pool)
        self.passes(cases, 15, [case.name for case in cases if "tls" in case.name])

    def test_a_store_that_lies_is_caught(self):
        class Blind(sql_state.SqlState):
            def commit(self, commit):
                return super().commit(crmsync.Commit(commit.workspace, (), commit.puts, commit.deletes))

        cases = conformance.check_state(Blind(os.path.join(self.folder(), "state.db")))
        self.assertIn("state/commit/expects_absent", [c.name for c in cases if not c.result])

    def test_the_adapters_pass_through_python(self):
        with crmsync.MemoryStore() as memory:
            self.assertFalse([c for c in conformance.check_state(memory) if c.result == CaseResult.FAILED])
            self.assertFalse([c for c in conformance.check_records(memory) if c.result == CaseResult.FAILED])


class Dropped(Exception):
    pass


class Silent:
    """A transport that is never asked."""

    def send(self, request):
        raise AssertionError("asked for " + request.url)


def engine(**changed):
    hooks = {"state": crmsync.MemoryStore(), "records": crmsync.MemoryStore(), "transport": Silent(),
             "environment": crmsync.SystemEnvironment({"1": b"k" * 32})}
    return crmsync.Engine(**{**hooks, **changed})


class Waiting(unittest.TestCase):
    def test_a_blocking_transport_is_woken_from_another_thread(self):
        blocking = _trampolines.Blocking(Silent())
        threading.Timer(0.05, blocking.wake).start()
        began = time.monotonic()
        blocking.sleep(20)
        self.assertLess(time.monotonic() - began, 10)

    def test_waits_of_the_hosts_own_are_kept(self):
        class Patient(Silent):
            waited = 0

            def sleep(self, seconds):
                self.waited += seconds

        transport = Patient()
        _trampolines.Blocking(transport).sleep(3)
        self.assertEqual(transport.waited, 3)

    def test_a_request_knows_when_it_is_too_late(self):
        now = [100]
        request = hooks.Request(1, "GET", "https://x.example/", (), b"", 0.05, 120, True, lambda: now[0])
        request.check()
        now[0] = 121
        self.assertRaises(crmsync.NotSent, request.check)
        time.sleep(0.06)
        self.assertEqual(request.seconds_left(), 0.001)


class Exceptions(unittest.TestCase):
    def raising(self, exc, when=lambda: True):
        class Store(sql_state.SqlState):
            def get(self, workspace, keys):
                if when():
                    raise exc
                return super().get(workspace, keys)
        return Store(":memory:")

    def test_a_hosts_exception_comes_out_the_same_object(self):
        for exc in (Dropped("x"), KeyboardInterrupt(), SystemExit(3)):
            with engine(state=self.raising(exc)) as e:
                with self.assertRaises(type(exc)) as caught:
                    e.workspace("acme", crmsync.Config(CONFIG))
                self.assertIs(caught.exception, exc)

    def test_the_engine_lives_on_after_it(self):
        angry = [True]
        with engine(state=self.raising(Dropped(), lambda: angry[0])) as e:
            with self.assertRaises(Dropped):
                e.workspace("acme", crmsync.Config(CONFIG))
            angry[0] = False
            acme = e.workspace("acme", crmsync.Config(CONFIG))
            self.assertEqual(acme.connection().state, crmsync.ConnectionState.NONE)

    def test_an_exception_of_the_environment(self):
        exc = Dropped("no key")

        class Keyless(crmsync.SystemEnvironment):
            def seal_key(self, workspace, key_id):
                raise exc

        with engine(environment=Keyless()) as e:
            with self.assertRaises(Dropped) as caught:
                e.workspace("acme", crmsync.Config(CONFIG)).authorize_url()
            self.assertIs(caught.exception, exc)

    def test_a_hook_that_returns_nothing_may_raise_too(self):
        exc = KeyboardInterrupt()

        class Broken(crmsync.SystemEnvironment):
            def wall_ms(self):
                raise exc

        with engine(environment=Broken({"1": b"k" * 32})) as e:
            with self.assertRaises(KeyboardInterrupt) as caught:
                e.workspace("acme", crmsync.Config(CONFIG)).authorize_url()
            self.assertIs(caught.exception, exc)

    def test_wrong_answers_of_hooks_are_told(self):
        class Wrong(sql_state.SqlState):
            def get(self, workspace, keys):
                return ["not an entry"]

        with engine(state=Wrong(":memory:")) as e:
            with self.assertRaises(AttributeError):
                e.workspace("acme", crmsync.Config(CONFIG))

    def test_calling_in_from_a_hook_is_refused(self):
        opened = []

        class Nosy(crmsync.SystemEnvironment):
            def random(self, n):
                for workspace in opened:
                    workspace.connection()
                return b"r" * n

        with engine(environment=Nosy({"1": b"k" * 32})) as e:
            opened.append(e.workspace("acme", crmsync.Config(CONFIG)))
            with self.assertRaises(crmsync.ReentrantError):
                opened[0].authorize_url()

    def test_errors_of_the_library_have_their_classes(self):
        with engine() as e:
            acme = e.workspace("acme", crmsync.Config(CONFIG))
            with self.assertRaises(crmsync.NotPossibleNowError) as caught:
                acme.run(crmsync.Phase.SYNC)
            self.assertEqual(caught.exception.code, crmsync.Code.STATE)
            with self.assertRaises(crmsync.NotFoundError):
                acme.explain("person", "nobody")
            with self.assertRaises(crmsync.ConfigError):
                acme.enqueue("person", [""])
            self.assertIn("code_challenge=", acme.authorize_url("login"))
            self.assertEqual(acme.connection().state, crmsync.ConnectionState.PENDING)
        with self.assertRaises(crmsync.NotPossibleNowError):
            acme.connection()
        with self.assertRaises(crmsync.NotPossibleNowError):
            e.workspace("acme", crmsync.Config(CONFIG))

    def test_a_transport_that_is_none_is_refused(self):
        with self.assertRaises(TypeError):
            engine(transport=object())

    def test_an_adapter_in_use_is_not_closed(self):
        store = crmsync.MemoryStore()
        with engine(state=store):
            with self.assertRaises(crmsync.NotPossibleNowError):
                store.close()
        store.close()
        with self.assertRaises(ValueError):
            engine(state=store)


class Dropping(unittest.TestCase):
    def test_what_is_dropped_open_and_in_a_circle_is_freed_without_a_word(self):
        said = []
        self.addCleanup(setattr, sys, "unraisablehook", sys.unraisablehook)
        sys.unraisablehook = said.append
        for _ in range(5):
            e = engine()
            acme = e.workspace("acme", crmsync.Config(CONFIG))
            acme.authorize_url()
            job = acme.job(crmsync.Phase.CONNECT, redirect_url="https://host.example/back?code=1&state=2")
            with self.assertRaises(crmsync.AuthError):
                job.run()
            e.circle = [e, acme, job]
            del e, acme, job
            gc.collect()
        self.assertEqual(said, [])

    def test_children_end_with_their_parents(self):
        with engine() as e:
            acme = e.workspace("acme", crmsync.Config(CONFIG))
            acme.authorize_url()
            job = acme.job(crmsync.Phase.CONNECT, redirect_url="https://host.example/back?code=1&state=2")
            acme.close()
            with self.assertRaises(crmsync.NotPossibleNowError):
                job.step()
            job.cancel()
            job.close()
            acme.close()
        e.close()


class Threads(unittest.TestCase):
    def test_engines_in_threads_do_not_meet(self):
        failures = []

        def work(n):
            try:
                with engine() as e:
                    for i in range(20):
                        with e.workspace(f"w{n}", crmsync.Config(CONFIG)) as w:
                            w.enqueue("person", [f"p{i}"])
            except BaseException as exc:
                failures.append(exc)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))

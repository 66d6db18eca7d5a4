"""Keys that two systems agree on: e-mail address, domain, company name, freemail, Salesforce id."""
from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ._crmsync import ffi, lib
from ._views import call, check, set_view, sized, view, views


class Normalizer:
    """Makes keys. Immutable: threads may share one."""

    def __init__(self, *, freemail_add: Iterable[str] = (), freemail_remove: Iterable[str] = (),
                 shared_host_add: Iterable[str] = (), legal_form_add: Iterable[str] = (),
                 public_suffix_list: str = "", keep_subdomains: bool = False) -> None:
        options = sized("crmsync_normalize_options")
        kept: list[Any] = []
        lists = {"freemail_add": freemail_add, "freemail_remove": freemail_remove,
                 "shared_host_add": shared_host_add, "legal_form_add": legal_form_add}
        for name, texts in lists.items():
            made = views(texts)
            kept.append(made)
            setattr(options, name, made[0])
            setattr(options, name + "_count", made[1])
        set_view(options.public_suffix_list, public_suffix_list, kept)
        options.keep_subdomains = keep_subdomains
        out = ffi.new("crmsync_normalizer **")
        call(lib.crmsync_normalizer_new, ffi.NULL, options, out)
        self._normalizer = ffi.gc(out[0], lib.crmsync_normalizer_free)

    def email(self, text: str) -> str | None:
        """`  John.Doe@Example.COM ` -> `john.doe@example.com`; None if there is no key."""
        return _key(lib.crmsync_normalize_email, self._normalizer, view(text))

    def domain(self, text: str) -> str | None:
        """A website, host or e-mail address -> registrable domain."""
        return _key(lib.crmsync_normalize_domain, self._normalizer, view(text))

    def host(self, text: str) -> str | None:
        """The host without `www.`, sub-domains kept."""
        return _key(lib.crmsync_normalize_host, self._normalizer, view(text))

    def company(self, text: str) -> str | None:
        """A company name without legal form, case, marks and punctuation."""
        return _key(lib.crmsync_normalize_company, self._normalizer, view(text))

    def id(self, text: str) -> str | None:
        """A Salesforce id of 15 or 18 characters -> 18."""
        return _key(lib.crmsync_normalize_id, view(text))

    def is_freemail(self, text: str) -> bool:
        """Whether a domain belongs to a consumer mail provider."""
        return bool(lib.crmsync_is_freemail(self._normalizer, view(text)))

    def is_shared_host(self, text: str) -> bool:
        """Whether everybody may have a page below a host."""
        return bool(lib.crmsync_is_shared_host(self._normalizer, view(text)))


def _key(function: Any, *args: Any) -> str | None:
    out = ffi.new("char[]", lib.CRMSYNC_KEY_MAX)
    size = ffi.new("size_t *")
    check(function(*args, out, lib.CRMSYNC_KEY_MAX, size))
    return bytes(ffi.buffer(out, size[0])).decode() if size[0] else None

"""Keeps the generated cases within a world in which they reach something; loaded by schemathesis (SCHEMATHESIS_HOOKS).

Everything else that steers the cases is a setting: schemathesis.toml.
"""

import itertools
import re

import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.openapi.checks import RejectedPositiveData

# What seeds.ts registers.
SEEDS = {
    "customer": {"acme", "globex"},
    "account": {"111122223333", "222233334444", "333344445555", "444455556666"},
    "cluster": {"production", "staging"},
    "grant": {"staging-pull"},
}
# The one cluster that is really there (test/rig/example.ts), and what it needs of the specs to be bootstrapped.
REPOSITORY = {"host": "git.example", "owner": "acme", "name": "infrastructure", "branch": "main"}
CLUSTER = {"accountId": "111122223333", "region": "eu-west-1", "eksName": "production", "flux": {"version": "2.9.2"}}
GRANT = {
    "registry": {"accountId": "111122223333", "region": "eu-west-1"},
    "repositories": {"names": ["team/api"]},
    "principal": {"type": "account", "accountId": "222233334444"},
    "access": "pull",
    "reason": "spare",
}
# An account of each customer.
ACCOUNTS = {"acme": "111122223333", "globex": "333344445555"}

_spares = itertools.count(1)


@schemathesis.hook
def flatmap_headers(context, headers):
    """Three of four cases come without preconditions: one that was made up is 412, whatever else is right or wrong."""
    return mostly_without(headers, {"if-match", "if-none-match"})


@schemathesis.hook
def flatmap_query(context, query):
    """And without a page token: one that was made up is 400. Links bring real ones."""
    return mostly_without(query, {"pagetoken"})


def mostly_without(values, names):
    if not values:
        return st.just(values)
    free = {name: value for name, value in values.items() if name.lower() not in names}
    return st.sampled_from([free, free, free, values])


@schemathesis.hook
def before_call(context, case, kwargs):
    method = case.operation.method.upper()  # a case of `unsupported_method` has another one of its own
    if method == "DELETE":
        spare_seed(case)
    elif method == "PUT":
        keep_example(case)
    shorten_wait(case)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Drops one documented refusal: a page token is opaque, so any text is valid by the contract's schema, and one
    that was made up is 400 all the same."""
    is_refused = isinstance(failure, RejectedPositiveData) and response.status_code == 400
    return not (is_refused and response.json().get("code") == "invalid-page-token")


def spare_seed(case):
    """A DELETE of a seed goes to a resource of its own beside it: the other cases need the seeds, and one that came
    back by itself would look as if it had outlived its DELETE."""
    ids = case.path_parameters or {}
    names = re.findall(r"{(\w+)}", case.path)
    kinds = [name.removesuffix("Id") for name in names]
    if not kinds or any(ids.get(name) not in SEEDS.get(kind, ()) for name, kind in zip(names, kinds)):
        return
    number = next(_spares)
    ids[names[-1]] = f"{number:012d}" if kinds[-1] == "account" else f"spare-{number}"
    account = ACCOUNTS[ids["customer"]] if kinds[-1] != "customer" else None
    spec = {
        "customer": {"displayName": "Spare", "repository": REPOSITORY | {"owner": f"spare-{number}"}},
        "account": {"alias": "spare"},
        "cluster": CLUSTER | {"accountId": account, "eksName": f"spare-{number}"},
        "grant": GRANT | {"registry": GRANT["registry"] | {"accountId": account}},
    }[kinds[-1]]
    url = case.operation.schema.get_base_url() + case.path.format(**ids)
    requests.put(url, json=spec, timeout=60).raise_for_status()


def keep_example(case):
    """A valid PUT of the example leaves it able to be bootstrapped, so that finished operations are there to be met."""
    if not isinstance(case.body, dict) or not case.meta.generation.mode.is_positive:
        return
    ids = case.path_parameters or {}
    if ids == {"customer": "acme"}:
        case.body = case.body | {"repository": REPOSITORY}
    elif ids == {"customer": "acme", "cluster": "production"}:
        case.body = case.body | CLUSTER


def shorten_wait(case):
    """An answer may be held for 25 s; that would leave no time for the other cases."""
    for name, value in (case.headers or {}).items():
        if name.lower() == "prefer" and isinstance(value, str):
            case.headers[name] = re.sub(r"(wait\s*=\s*\"?)\d+", r"\g<1>1", value)

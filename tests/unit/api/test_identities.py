"""Two apis over the same records: what one changes counts on the other; what is remembered, and for how long."""

import base64
import json
from datetime import timedelta
from functools import partial

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.adapters.memory.records import MemoryRecords
from libs.common.domain.access.identity import Credential, Identity
from libs.common.domain.access.levels import Category, Level
from libs.common.domain.access.lock_out import pause_after
from libs.common.domain.access.roles import Rights
from libs.common.domain.access.sessions import Session
from libs.common.domain.digest import sha256_of
from libs.common.domain.errors import NotAllowed, NotAuthenticated, TooManyAttempts
from services.api.access import Access
from services.api.credentials import Shown
from services.api.signing_in.guesses import Guesses
from services.api.signing_in.jwts import LIVES_FOR, Jwts
from services.api.signing_in.kept import Kept
from services.api.signing_in.own_pages import check_origin
from tests.support.people import a_group, a_role, a_session, a_token, a_user
from tests.support.records import NOON, minutes_on
from tests.unit.api.harness import TOKEN, FixedClock
from tests.unit.api.test_signing_in import payload_of

VALUE = "a" * 48
KEY = bytes(range(32))


class Ticking:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        """Return the seconds until now."""
        return self.s


def an_access(records: MemoryRecords, now_s: Ticking, **more: object) -> Access:
    """Return what one api process knows."""
    return Access(TOKEN, people=records, jwts=Jwts(KEY), clock=FixedClock(), now_s=now_s, **more)  # type: ignore[arg-type]


@pytest.fixture
async def records() -> MemoryRecords:
    """Return records with a user and their token."""
    made = MemoryRecords()
    await made.users.add(a_user(password_hash="argon2"))
    await made.access_tokens.add(a_token(value=VALUE))
    return made


async def test_what_one_api_revokes_the_other_refuses_half_a_second_later(records: MemoryRecords) -> None:
    """Until then it may go by what it remembers."""
    now_s = Ticking()
    other = an_access(records, now_s)
    assert (await other.identify(Shown(x_auth=VALUE))).name == "ann"

    await records.access_tokens.delete("id-of-ann-ci")
    now_s.s += 0.5

    with pytest.raises(NotAuthenticated):
        await other.identify(Shown(x_auth=VALUE))


async def test_a_changed_role_counts_half_a_second_later(records: MemoryRecords) -> None:
    """That of a group as well; roles and groups that nobody knows are passed over."""
    now_s = Ticking()
    other = an_access(records, now_s)
    await records.users.update("id-of-ann", {"roles": ("gone",), "groups": ("team", "elsewhere")})
    await records.groups.add(a_group(roles=("helper",)))
    await records.roles.add(a_role(rights=Rights(levels={Category.CVE: Level.READ})))

    async def level() -> Level:
        return (await other.identify(Shown(x_auth=VALUE))).rights.level(Category.CVE)

    assert await level() is Level.READ
    await records.roles.update("helper", {"rights": Rights(levels={Category.CVE: Level.MANAGE})})
    now_s.s += 0.5
    assert await level() is Level.MANAGE
    await records.groups.update("id-of-team", {"roles": ()})
    now_s.s += 0.5
    assert await level() is Level.NONE


async def test_a_lookup_is_remembered_for_a_moment(records: MemoryRecords) -> None:
    """A client that asks a hundred times a second does not ask the database as often."""
    now_s = Ticking()
    access = an_access(records, now_s)
    await access.identify(Shown(x_auth=VALUE))

    await records.access_tokens.delete("id-of-ann-ci")

    assert (await access.identify(Shown(x_auth=VALUE))).name == "ann"


@pytest.mark.parametrize(
    ("is_of_a_provider", "by_provider", "counts"),
    [(False, False, True), (True, True, True), (False, True, False), (True, False, False)],
)
async def test_sign_ins_end_where_the_operator_chooses_the_other_way(
    records: MemoryRecords, *, is_of_a_provider: bool, by_provider: bool, counts: bool
) -> None:
    """Whom the provider keeps out must not come in by a password of before, nor the other way round."""
    known_by = (
        {"issuer": "https://id.example", "subject": "1", "password_hash": None}
        if is_of_a_provider
        else {"password_hash": "argon2"}
    )
    await records.users.update("id-of-ann", known_by)
    session = Session(
        id="s",
        user_id="id-of-ann",
        kind="cookie",
        hash=sha256_of(b"value"),
        csrf="word",
        created_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )
    await records.sessions.add(session)
    access = an_access(records, Ticking(), by_provider=by_provider)

    if counts:
        assert (await access.identify(Shown(cookie="value"))).name == "ann"
    else:
        with pytest.raises(NotAuthenticated):
            await access.identify(Shown(cookie="value"))


async def test_what_is_kept_is_bounded() -> None:
    """Whoever shows ever new tokens does not fill the memory."""
    kept: Kept[int, int] = Kept(limit=3, kept_s=60)
    asked: list[int] = []

    async def look_up(key: int) -> int:
        asked.append(key)
        return key

    for key in (1, 2, 3, 4, 4):
        await kept.get(key, partial(look_up, key))

    assert asked == [1, 2, 3, 4]
    assert [kept.has(key) for key in (1, 2, 3, 4)] == [False, True, True, True]


async def test_many_unknown_tokens_of_an_address_are_refused_without_a_lookup(records: MemoryRecords) -> None:
    """Of another address they are looked up, and what was known a moment ago goes on."""
    now_s = Ticking()
    access = an_access(records, now_s)
    for number in range(200):
        with pytest.raises(NotAuthenticated):
            await access.identify(Shown(x_auth=f"{number:048}", address="192.0.2.1"))

    with pytest.raises(TooManyAttempts) as refused:
        await access.identify(Shown(x_auth="x" * 48, address="192.0.2.1"))
    assert refused.value.retry_after_s == 1
    with pytest.raises(NotAuthenticated):
        await access.identify(Shown(x_auth="x" * 48, address="192.0.2.2"))
    now_s.s += 1
    with pytest.raises(NotAuthenticated):
        await access.identify(Shown(x_auth="x" * 48, address="192.0.2.1"))


def test_guesses_of_ever_new_addresses_are_forgotten() -> None:
    """The memory is bounded; the last ones are known."""
    guesses = Guesses(now_s=Ticking())
    for _ in range(200):
        guesses.count("first")
    with pytest.raises(TooManyAttempts):
        guesses.check("first")

    for number in range(10_000):
        guesses.count(f"address {number}")

    guesses.check("first")


async def test_a_verifier_of_others_is_asked_for_tokens_that_are_not_ours(records: MemoryRecords) -> None:
    """The first that knows one says who holds it."""

    class Verifier:
        """Knows one token."""

        async def verify(self, token: str, *, address: str | None) -> Identity | None:
            """Return its holder."""
            known = Identity(user_id="u", name="bob", credential=Credential.SESSION, address=address)
            return known if token == "a.b.c" else None

    access = an_access(records, Ticking(), verifiers=[Verifier()])

    found = await access.identify(Shown(authorization="Bearer a.b.c", address="192.0.2.1"))
    assert (found.name, found.address) == ("bob", "192.0.2.1")
    with pytest.raises(NotAuthenticated, match="not one of this server"):
        await access.identify(Shown(authorization="Bearer a.b.d"))


async def test_a_jwt_of_another_installation_is_refused(records: MemoryRecords) -> None:
    """Another key signs it; one of ours is refused once it has ended, and says what to do."""
    access = an_access(records, Ticking())
    session = a_session()
    await records.sessions.add(session)
    claims = {"user_id": "id-of-ann", "name": "ann", "roles": (), "session_id": session.id}
    ours = Jwts(KEY).make(**claims, now=NOON)  # type: ignore[arg-type]

    assert (await access.identify(Shown(authorization=f"Bearer {ours}"))).session_id == session.id
    foreign = Jwts(bytes(32)).make(**claims, now=NOON)  # type: ignore[arg-type]
    with pytest.raises(NotAuthenticated):
        await access.identify(Shown(authorization=f"Bearer {foreign}"))
    old = Jwts(KEY).make(**claims, now=NOON - LIVES_FOR)  # type: ignore[arg-type]
    with pytest.raises(NotAuthenticated, match="refresh"):
        await access.identify(Shown(authorization=f"Bearer {old}"))


@pytest.mark.parametrize("change", [{"expires_at": NOON}, {"expires_at": minutes_on(-1)}])
async def test_a_sign_in_that_is_over_is_refused(records: MemoryRecords, change: dict[str, object]) -> None:
    """Also while MongoDB has not removed it yet."""
    access = an_access(records, Ticking())
    session = msgspec.structs.replace(a_session(), **change)
    await records.sessions.add(session)
    jwt = Jwts(KEY).make(user_id="id-of-ann", name="ann", roles=(), session_id=session.id, now=NOON)

    with pytest.raises(NotAuthenticated, match="ended"):
        await access.identify(Shown(authorization=f"Bearer {jwt}"))


_NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,30}", fullmatch=True)


@given(_NAMES, st.lists(st.from_regex(r"[a-z][a-z0-9_-]{0,20}", fullmatch=True), max_size=4))
def test_every_jwt_is_read_by_the_incumbent_s_client(name: str, roles: list[str]) -> None:
    """It decodes plain base64, so neither of the two signs in which base64url differs may be there."""
    jwt = Jwts(KEY).make(user_id="u", name=name, roles=roles, session_id="s", now=NOON)

    assert payload_of(jwt)["realm_access"]["roles"] == roles
    claims = Jwts(KEY).read(jwt, now=NOON)
    assert claims is not None
    assert (claims.preferred_username, list(claims.realm_access.roles)) == (name, roles)


@given(st.text(max_size=40))
def test_what_is_no_jwt_of_ours_is_none(text: str) -> None:
    """Whatever is sent."""
    assert Jwts(KEY).read(text, now=NOON) is None


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "HS512"}])
def test_only_our_own_algorithm_is_taken(header: dict[str, str]) -> None:
    """A token can't choose how it is checked."""
    parts = Jwts(KEY).make(user_id="u", name="ann", roles=(), session_id="s", now=NOON).split(".")
    parts[0] = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()

    assert Jwts(KEY).read(".".join(parts), now=NOON) is None
    assert Jwts(KEY).read(".".join([*parts[:2], ""]), now=NOON) is None


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    """The first failures cost nothing."""
    pauses = [pause_after(count, tries=5) for count in range(1, 13)]

    assert pauses[:4] == [None] * 4
    assert [it.total_seconds() for it in pauses[4:] if it is not None] == [30, 60, 120, 240, 480, 900, 900, 900]
    assert pause_after(10**9, tries=5) == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("origin", "host", "is_ours"),
    [
        ("https://tain.example", "tain.example", True),
        ("https://TAIN.example", "tain.example", True),
        ("https://tain.example:8443", "tain.example", False),
        ("https://public.example", "inner:8080", True),
        ("https://tain.example.evil.example", "tain.example", False),
        ("file://tain.example", "tain.example", False),
        ("", "", False),
        ("null", None, False),
    ],
)
def test_a_page_is_ours_by_its_whole_origin(origin: str, host: str | None, is_ours: bool) -> None:
    """That of the request's own address, or of the public one."""
    shown = Shown(origin=origin, host=host)
    if is_ours:
        check_origin(shown, public_url="https://public.example/")
    else:
        with pytest.raises(NotAllowed):
            check_origin(shown, public_url="https://public.example/")

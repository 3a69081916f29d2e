"""Email and password: codes typed and mailed again, forgotten and changed passwords, changed addresses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from aglais_hub.accounts.email.strength import check_strength
from aglais_hub.accounts.rules import digest
from aglais_hub.accounts.tables import CodeRow, DeviceRow, MailRow
from aglais_hub.errors import (
    AglaisError,
    BadCredentialsError,
    ConflictError,
    ForbiddenError,
    InvalidValueError,
    NotFoundError,
    TooManyError,
)
from aglais_hub.wire.accounts import AddressChange, Confirmation, MailRequest, PasswordChange, Registration
from tests.accounts.conftest import PASSWORD, World

NEW = "seven green bicycles"


def subjects(world: World, to: str = "ann@example.org") -> list[str]:
    return [str(mail["Subject"]) for mail in world.mails() if mail["To"] == to]


def change_address(world: World, to: str = "ann@example.net", password: str = PASSWORD) -> None:
    world.changes.ask_address("ann", AddressChange(email=to, password=password))


# ---- codes


def test_a_code_may_be_typed_in_any_case_with_blanks_or_nothing_between(world: World) -> None:
    world.register()
    typed = world.code().upper().replace("-", " ")
    assert world.confirm(f" {typed} ").name == "ann"


def test_the_mail_shows_the_code_beside_the_link(world: World) -> None:
    world.register()
    code = world.code()
    (mail,) = world.mails()
    for kind in ("plain", "html"):
        text = mail.get_body((kind,)).get_content()
        assert text.count(code) >= 2, kind


def test_codes_can_not_be_guessed_at_leisure(world: World) -> None:
    world.register()
    for number in range(60):
        with pytest.raises(NotFoundError):
            world.confirm(f"aaaa-bbbb-{number:04}", place="10.0.0.1")
    with pytest.raises(TooManyError) as refused:
        world.confirm(place="10.0.0.1")
    assert refused.value.help == "Try again in 60 minutes."
    assert world.confirm(place="10.0.0.2").name == "ann"


def test_the_mail_is_sent_again_with_a_code_of_its_own_and_for_the_same_password(world: World) -> None:
    world.register()
    first = world.code()
    world.emails.resend(MailRequest(email="ann@example.org"))
    assert world.code() != first
    assert world.confirm().name == "ann"
    assert world.login().name == "ann"
    with pytest.raises(NotFoundError):
        world.confirm(first)


def test_whoever_confirms_by_an_older_link_too_is_told_to_log_in(world: World) -> None:
    codes = []
    for password in (PASSWORD, NEW):
        world.register(password=password)
        codes.append(world.code())
    world.emails.register(Registration(email="ann@example.org", password=NEW))  # its mail is still on its way
    world.confirm(codes[0])
    for code in (codes[1], world.code(), codes[1].upper()):
        with pytest.raises(NotFoundError, match="is confirmed already") as told:
            world.confirm(code)
        assert (told.value.rule, told.value.help) == ("confirmed", "Log in with it.")
    with world.database.read() as session:
        other = session.get_one(CodeRow, digest(codes[1]))
    assert (other.secret, other.account) == (None, None), "the password of another link is not kept"
    # Once the address is another, the code of the old one tells nothing.
    change_address(world)
    world.confirm(world.code("ann@example.net"))
    with pytest.raises(NotFoundError, match="not known"):
        world.confirm(codes[1])
    world.end("ann")
    with world.database.read() as session:
        assert [row for row in session.scalars(select(CodeRow)) if row.account == "ann"] == []


def test_nobody_gets_no_mail(world: World) -> None:
    world.emails.resend(MailRequest(email="nobody@example.org"))
    world.forgot("nobody@example.org")
    assert world.mails() == []
    with world.database.read() as session:
        assert session.scalars(select(MailRow)).all() == []


def test_a_code_of_one_kind_does_nothing_else(world: World) -> None:
    world.join()
    world.forgot()
    with pytest.raises(NotFoundError):
        world.confirm()
    with pytest.raises(NotFoundError):
        world.changes.stop(Confirmation(code=world.code()))
    world.register("bob@example.org")
    with pytest.raises(NotFoundError):
        world.reset(NEW)


# ---- a forgotten password


def test_a_forgotten_password_is_chosen_anew_once_within_an_hour(world: World) -> None:
    world.join()
    world.forgot()
    code = world.code()
    assert world.reset(NEW).name == "ann"
    assert world.login(password=NEW).name == "ann"
    with pytest.raises(BadCredentialsError):
        world.login()
    with pytest.raises(NotFoundError):
        world.reset("another one altogether", code)
    assert subjects(world)[-1] == "Your password at Aglais was changed"
    world.forgot()
    late = world.code()
    world.clock.move(timedelta(hours=1))
    with pytest.raises(InvalidValueError, match="expired"):
        world.reset(PASSWORD, late)


def test_a_new_password_ends_the_other_links_and_every_known_browser(world: World) -> None:
    world.join()
    device = world.login().device
    world.forgot()
    first = world.code()
    world.forgot()
    fresh = world.reset(NEW).device
    with pytest.raises(NotFoundError):
        world.reset(PASSWORD, first)
    with world.database.read() as session:
        assert len(session.scalars(select(DeviceRow)).all()) == 1
    assert fresh not in (None, device)


def test_of_a_hundred_at_once_one_chooses_the_password(world: World) -> None:
    world.join()
    world.forgot()
    code = world.code()

    def choose(number: int) -> str:
        try:
            return world.reset(f"password of number {number}", code, place=f"10.0.1.{number}").name
        except AglaisError as error:
            return error.code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(choose, range(100)))
    assert (answers.count("ann"), answers.count("not_found")) == (1, 99)


def test_whoever_waits_for_their_confirmation_gets_it_again_instead(world: World) -> None:
    world.register()
    world.forgot()
    assert subjects(world) == ["Confirm your address for Aglais"] * 2
    assert world.confirm().name == "ann"


# ---- guesses from elsewhere


def guess_until_refused(world: World) -> None:
    for number in range(60):
        with pytest.raises((BadCredentialsError, TooManyError)):
            world.login(password=f"guess number {number}", place=f"10.9.{number}.1")
    with pytest.raises(TooManyError):
        world.login(place="10.0.0.7")


def test_who_has_logged_in_with_this_browser_before_gets_in_while_others_guess(world: World) -> None:
    world.join()
    device = world.login().device or ""
    guess_until_refused(world)
    found = world.login(place="10.0.0.7", device=device)
    assert (found.name, found.device) == ("ann", None)


def test_a_browser_that_is_known_has_its_own_limit_and_only_for_its_account(world: World) -> None:
    world.join()
    device = world.login().device or ""
    world.join("bob@example.org")
    for _ in range(10):
        with pytest.raises(BadCredentialsError):
            world.login(password="wrong password", device=device)
    with pytest.raises(TooManyError):
        world.login(device=device)
    assert world.login(place="10.0.0.2").name == "ann"
    for number in range(60):
        with pytest.raises((BadCredentialsError, TooManyError)):
            world.login("bob@example.org", "wrong password", f"10.9.{number}.1", device)
    for known in (device, ""):
        with pytest.raises(TooManyError):
            world.login("bob@example.org", place="10.0.0.9", device=known)


def test_a_mailed_link_lets_the_owner_in_while_others_guess(world: World) -> None:
    world.join()
    guess_until_refused(world)
    world.forgot()
    device = world.reset(NEW).device or ""
    guess_until_refused(world)
    assert world.login(password=NEW, device=device).name == "ann"


# ---- changes


def test_a_password_is_changed_by_who_knows_the_old_one(world: World) -> None:
    world.join()
    with pytest.raises(ForbiddenError, match="not your password"):
        world.changes.change_password("ann", PasswordChange(old=NEW, password=NEW))
    assert world.changes.change_password("ann", PasswordChange(old=PASSWORD, password=NEW)).name == "ann"
    assert world.login(password=NEW).name == "ann"
    assert subjects(world)[-1] == "Your password at Aglais was changed"


def test_the_old_password_is_not_guessed_at_leisure(world: World) -> None:
    world.join()
    for _ in range(10):
        with pytest.raises(ForbiddenError):
            world.changes.change_password("ann", PasswordChange(old="wrong", password=NEW))
    with pytest.raises(TooManyError):
        world.changes.change_password("ann", PasswordChange(old=PASSWORD, password=NEW))


def test_an_account_without_a_password_has_none_to_change(world: World) -> None:
    with pytest.raises(ConflictError, match="no password"):
        world.changes.change_password(world.visit().name, PasswordChange(old="x", password=NEW))


def test_a_new_address_counts_once_it_is_confirmed_and_the_old_one_is_told(world: World) -> None:
    world.join()
    change_address(world)
    assert subjects(world)[-1] == "Your address at Aglais is about to change"
    assert world.login("ann@example.org").name == "ann"
    account = world.confirm(world.code("ann@example.net"))
    assert [one.subject for one in account.identities] == ["ann@example.net"]
    assert world.login("ann@example.net").name == "ann"
    with pytest.raises(BadCredentialsError):
        world.login("ann@example.org")


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_the_old_address_stops_the_change_before_and_after(world: World, is_confirmed: bool) -> None:
    world.join()
    change_address(world)
    stop, confirm = world.code("ann@example.org"), world.code("ann@example.net")
    if is_confirmed:
        world.confirm(confirm)
        world.clock.move(timedelta(days=6))
    stopped = world.changes.stop(Confirmation(code=stop))
    assert stopped.name == "ann"
    with pytest.raises(NotFoundError):
        world.changes.stop(Confirmation(code=stop))
    if not is_confirmed:
        with pytest.raises(NotFoundError):
            world.confirm(confirm)
    assert world.reset(NEW, stopped.code).name == "ann"
    assert world.login("ann@example.org", NEW).name == "ann"
    with pytest.raises(BadCredentialsError):
        world.login("ann@example.net", NEW)


def test_a_link_to_the_old_address_is_no_way_in_after_the_change(world: World) -> None:
    world.join()
    world.forgot()
    reset = world.code()
    change_address(world)
    world.confirm(world.code("ann@example.net"))
    with pytest.raises(NotFoundError):
        world.reset(NEW, reset)


def test_an_address_of_somebody_else_is_not_taken_nor_told_of(world: World) -> None:
    world.join("bob@example.org")
    world.join()
    change_address(world, "bob@example.org")
    assert subjects(world, "bob@example.org")[-1] == "You have an account at Aglais already"
    change_address(world, "free@example.org")
    code = world.code("free@example.org")
    world.join("free@example.org")
    with pytest.raises(NotFoundError):
        world.confirm(code)


def test_an_old_address_that_somebody_else_has_by_now_is_a_conflict(world: World) -> None:
    world.join()
    change_address(world)
    stop = world.code("ann@example.org")
    world.confirm(world.code("ann@example.net"))
    world.join("ann@example.org")
    with pytest.raises(ConflictError, match="Another account"):
        world.changes.stop(Confirmation(code=stop))


def test_the_newest_wish_for_an_address_counts(world: World) -> None:
    world.join()
    change_address(world, "one@example.org")
    first = world.code("one@example.org")
    change_address(world, "two@example.org")
    second = world.code("two@example.org")
    with pytest.raises(NotFoundError):
        world.confirm(first)
    world.confirm(second)
    assert world.login("two@example.org").name == "ann"


# ---- what is taken for a password


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "123456789",
        "1234567890",
        "qwertyuiop",
        "aaaaaaaaaaaa",
        "abababababab",
        "abcdefghijkl",
        "1234567890123",
        "passwordpassword",
        "ann.exampleann.example",
        "  ann.example@example.org ",
        " " * 12,
        "Password123!",
        "Sunshine2024",
        "ann.example1",
        "ann.example@example.org",
        "x" * 201,
        "JupyterHub!!",
    ],
)
def test_what_everybody_would_try_is_refused(password: str) -> None:
    with pytest.raises(InvalidValueError) as refused:
        check_strength(password, "ann.example@example.org")
    assert refused.value.field == "password"
    assert refused.value.help


@pytest.mark.parametrize(
    "password", ["correct horse battery", "ужасно длинный пароль", "a" + "nebula" * 30, "t9!kQ2vB#x", "1029384756 10"]
)
def test_long_ones_of_any_alphabet_are_taken(password: str) -> None:
    check_strength(password, "ann@example.org")


def test_a_password_is_the_same_however_its_accents_were_typed(world: World) -> None:
    world.join(password="caf\u00e9 au lait matin")
    assert world.login(password="cafe\u0301 au lait matin").name == "ann"


def test_a_weak_password_is_refused_wherever_one_is_chosen(world: World) -> None:
    with pytest.raises(InvalidValueError):
        world.register(password="qwertyuiop")
    world.join()
    world.forgot()
    code = world.code()
    with pytest.raises(InvalidValueError):
        world.reset("qwertyuiop", code)
    with pytest.raises(InvalidValueError):
        world.changes.change_password("ann", PasswordChange(old=PASSWORD, password="qwertyuiop"))
    assert world.reset(NEW, code).name == "ann"


def test_nothing_that_was_mailed_or_kept_in_a_browser_is_in_the_database(world: World) -> None:
    world.join()
    device = world.login().device or ""
    world.forgot()
    with world.database.read() as session:
        waiting = [repr(row) for row in session.execute(select(MailRow.__table__))]
    code = world.code()
    assert len(waiting) == 1
    assert code not in waiting[0]
    with world.database.read() as session:
        kept = [repr(row) for table in (CodeRow, DeviceRow) for row in session.execute(select(table.__table__))]
    assert len(kept) == 3
    assert not any(secret in row for row in kept for secret in (code, device))

"""``aglais accounts``: who there is, what they may have, and who changed it."""

from aglais_hub.cli.accounts.batch import batch
from aglais_hub.cli.accounts.changing import delete, edit, merge, resume, suspend
from aglais_hub.cli.accounts.documents import export, import_
from aglais_hub.cli.accounts.inviting import invitations, invite
from aglais_hub.cli.accounts.looking import changes, list_, show

__all__ = ["COMMANDS", "accounts"]

COMMANDS = (
    list_,
    show,
    edit,
    suspend,
    resume,
    merge,
    delete,
    invite,
    invitations,
    import_,
    export,
    batch,
    changes,
)


def accounts() -> None:
    """Look for people, set what they may have, invite, suspend, import.

    For admins, and for a helpdesk with the scope custom:aglais:accounts:admin; your own account you may always see.
    Every change is on record, with who made it: `aglais accounts changes`.

    For example:

        aglais accounts list observatory --level 2
        aglais accounts show ada
        aglais accounts edit ada --level 2 --saved 200G
        aglais accounts suspend ada --reason 'Please call the helpdesk.'
        aglais accounts invite ben@example.org --level 2
        aglais accounts export --output people.csv
        aglais accounts changes ada
    """

"""The privacy and terms pages: what the operator wrote, else a text that is true of any self-hosted site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from accounts.markdown import render
from accounts.models import SitePage

PRIVACY = """
{site_name} is run by the operator of this server{contact}. It is free software that anyone can host, and this page
describes what the software does unless the operator changed it.

# What is kept

- Your e-mail address, the name you choose, and your password as a salted hash that cannot be turned back.
- Your settings: time zone, start of your day, minutes a day, target level, and your interview date if you give one.
- What you write and do here: answers, drafts, the coaching they received, your ratings and your schedule.
- For each log-in: the time, the address of your connection and the name of your browser, so that you can see and end
  your sessions. A session lasts at most 30 days.
- Hashes of the API tokens that you make, and when each was last used.

# Who can see it

Only you, and the operator of this server, who keeps the database. Nothing that you write is shown to other members.

{coaching}

# What is not done

No advertising, no tracking, no analytics, no fonts or scripts from other sites: no page here sends a request to
anyone else. There are two cookies, both needed: one keeps you logged in, one protects forms against forgery. Drafts
are kept in your browser while you write and are removed when you log out.

# Leaving

You can delete your account on the security page of your account. Everything listed above is then removed from the
database at once, with the invitations and kept mails that name an address you have confirmed and the drafts in the
browser that you do it with. That an operator changed something stays in their log, without your address. Copies in the
operator's backups stay until those are replaced.
"""

COACHING_LOCAL = """
Your answers are read by a program on this server. They are not sent to any other company.
"""

COACHING_MODEL = """
To write coaching, this server sends your answer and the question, without your name or address, to the language model
service that the operator has chosen. Ask the operator which one it is and how long it keeps requests.
"""

TERMS = """
{site_name} is run by the operator of this server{contact}. It is offered as it is, to help you prepare for
interviews.

- You answer for what you write. Do not put other people's secrets or personal details into your answers, nor anything
  that your employer or an interviewer has asked you to keep to yourself.
- What you write stays yours. The server stores it to show it back to you, to coach you and to plan your practice.
- Coaching is an estimate made by a program. It can be wrong, and it is no promise about any interview.
- Keep your password and API tokens to yourself. Do not try to reach other people's data or to overload the server.
- The operator may close accounts that break these rules, and may end the service. You can delete your account at any
  time.
- The software is under the MIT licence, which excludes any warranty.
"""


@dataclass(frozen=True)
class Page:
    title: str
    html: SafeString
    updated_at: datetime | None  # None: the default text


def page(slug: str, *, site_name: str, operator_email: str, uses_model: bool) -> Page:
    """`slug` is one of SitePage.Slug."""
    row = SitePage.objects.filter(slug=slug).first()
    title = (row.title if row else "") or SitePage.Slug(slug).label
    if row and row.body.strip():
        return Page(title=title, html=render(row.body), updated_at=row.updated_at)
    text = default_text(slug, site_name=site_name, operator_email=operator_email, uses_model=uses_model)
    return Page(title=title, html=render(text), updated_at=None)


def default_text(slug: str, *, site_name: str, operator_email: str, uses_model: bool) -> str:
    template = PRIVACY if slug == SitePage.Slug.PRIVACY else TERMS
    return template.format(
        site_name=site_name,
        contact=f" ([{operator_email}](mailto:{operator_email}))" if operator_email else "",
        coaching=(COACHING_MODEL if uses_model else COACHING_LOCAL).strip(),
    )

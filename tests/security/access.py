"""Who gets what: each URL by name, with the status of each method for the four actors. An unlisted URL is a failure.

Columns: anonymous, Alice (owns what the placeholders name), Bob (another member), Olga (operator).
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.security.walking import METHODS

PUBLIC = "200 200 200 200"
VISITORS = "200 302 302 302"
MEMBERS = "302 200 200 200"
OWNER = "302 200 404 404"
TO_LOGIN = "302 302 302 302"  # to log-in, to a fresh proof of the password, or onwards
MOVED = "301 301 301 301"
NO = "405 405 405 405"
NO_AFTER_LOGIN = "302 405 405 405"
FORM = {"GET": MEMBERS, "POST": MEMBERS, "PUT": MEMBERS, "rest": NO_AFTER_LOGIN}  # a form view of allauth
OPERATORS = "302 403 403 200"
API = "401 200 200 200"
API_OWNER = "401 200 404 404"
API_NO = "401 405 405 405"


class Row:
    """A path (placeholders name Alice's things) and the statuses by method; `rest` holds for the methods not given."""

    def __init__(self, path: str, *, rest: str = NO, **given: str) -> None:
        self.path = path
        self.expected = {method: given.get(method, rest).split() for method in METHODS}


ACCESS = {
    # The site
    "dashboard": Row("/", GET=PUBLIC),
    "healthz": Row("/healthz", GET=PUBLIC),
    "readyz": Row("/readyz", GET="503 503 503 503"),
    # accounts
    "accounts:setup": Row("/welcome/", GET=MEMBERS, POST=MEMBERS, rest=NO_AFTER_LOGIN),
    "accounts:setup_step": Row("/welcome/1/", GET=MEMBERS, POST=MEMBERS, rest=NO_AFTER_LOGIN),
    "accounts:profile": Row("/account/profile/", GET=MEMBERS, POST=MEMBERS, rest=NO_AFTER_LOGIN),
    "accounts:security": Row("/account/security/", GET=MEMBERS, rest=NO_AFTER_LOGIN),
    "accounts:token_create": Row("/account/tokens/", POST=TO_LOGIN, rest=NO_AFTER_LOGIN),
    "accounts:token_revoke": Row("/account/tokens/{token}/revoke/", POST="302 302 404 404", rest=NO_AFTER_LOGIN),
    "accounts:delete": Row("/account/delete/", GET=TO_LOGIN, POST=TO_LOGIN, rest=NO_AFTER_LOGIN),
    "accounts:invitation_refused": Row("/accounts/invite/refused/", GET="409 409 409 409"),
    "accounts:invitation": Row("/accounts/invite/nonsense/", GET="404 409 409 409"),
    "accounts:mailbox": Row("/mailbox/", GET="404 404 404 404"),
    "accounts:mail": Row("/mailbox/00001790000000000000-0a1b2c3d/", GET="404 404 404 404"),
    "accounts:privacy": Row("/privacy/", GET=PUBLIC),
    "accounts:terms": Row("/terms/", GET=PUBLIC),
    # questions
    "practice:next": Row("/practice/next/", GET=TO_LOGIN),
    "practice_settings:page": Row("/settings/practice/", GET=MEMBERS, POST="302 400 400 400", rest=NO_AFTER_LOGIN),
    "practice_settings:consequences": Row("/settings/practice/consequences/", GET="302 400 400 400"),
    "practice_settings:breaks": Row("/settings/breaks/", GET=MEMBERS, POST="302 400 400 400", rest=NO_AFTER_LOGIN),
    "practice_settings:break_delete": Row("/settings/breaks/{away}/delete/", POST="302 302 404 404"),
    "practice_settings:today": Row("/settings/today/", GET=MEMBERS, POST=TO_LOGIN, rest=NO_AFTER_LOGIN),
    "memory:page": Row("/settings/memory/", GET=MEMBERS),
    "memory:look": Row("/settings/memory/look/", POST=TO_LOGIN),
    "memory:use": Row("/settings/memory/use/", POST="302 404 404 404"),
    "memory:go_back": Row("/settings/memory/go-back/", POST=TO_LOGIN),
    "memory:reschedule": Row("/settings/memory/reschedule/", POST=TO_LOGIN),
    "memory:take_back": Row("/settings/memory/take-back/", POST="302 404 404 404"),
    "guide:index": Row("/guide/", GET=PUBLIC),
    "guide:page": Row("/guide/how-to-answer/", GET=PUBLIC),
    "questions:coverage": Row("/questions/coverage/", GET=MEMBERS),
    "questions:save": Row("/questions/chunking/save/", POST=TO_LOGIN),
    "questions:note": Row("/questions/chunking/note/", POST=TO_LOGIN),
    "questions:report": Row("/questions/chunking/report/", POST="302 400 400 400"),
    "questions:similar": Row("/questions/chunking/similar/", GET=MEMBERS),
    "questions:attempts": Row("/questions/chunking/attempts/", GET="302 200 302 302"),
    "questions:changes": Row("/questions/chunking/changes/", GET="302 200 302 302"),
    "questions:own": Row("/questions/own/", GET=MEMBERS),
    "questions:own_new": Row("/questions/own/new/", GET=MEMBERS, POST="302 400 400 400"),
    "questions:import": Row("/questions/own/import/", GET=MEMBERS, POST="302 400 400 400"),
    "questions:import_preview": Row("/questions/own/import/preview/", GET=TO_LOGIN, POST=TO_LOGIN),
    "questions:export": Row("/questions/own/export/", GET=MEMBERS),
    "questions:own_edit": Row("/questions/own/{own}/edit/", GET=OWNER, POST="302 400 404 404"),
    "questions:own_delete": Row("/questions/own/{own}/delete/", GET=OWNER, POST="302 302 404 404"),
    "questions:collect": Row("/questions/chunking/collections/", GET=MEMBERS, POST="302 404 404 404"),
    "collections:list": Row("/collections/", GET=MEMBERS, POST="302 400 400 400"),
    "collections:gather": Row("/collections/gather/", POST=TO_LOGIN),
    "collections:rehearse": Row("/collections/{collection}/rehearse/", POST="302 302 404 404"),
    "collections:detail": Row("/collections/{collection}/", GET=OWNER),
    "collections:edit": Row("/collections/{collection}/edit/", GET=OWNER, POST="302 400 404 404"),
    "collections:delete": Row("/collections/{collection}/delete/", GET=OWNER, POST="302 302 404 404"),
    "collections:add": Row("/collections/{collection}/add/", GET=OWNER, POST="302 404 404 404"),
    "collections:arrange": Row("/collections/{collection}/arrange/", POST="302 302 404 404"),
    "collections:practise": Row("/collections/{collection}/practise/", GET="302 302 404 404"),
    "collections:share": Row("/collections/{collection}/share/", POST="302 200 404 404"),
    "collections:unshare": Row("/collections/{collection}/unshare/", POST="302 302 404 404"),
    # What a link opens is tested in test_collections_shared.py; a wrong one opens nothing for anybody.
    "shared_collection": Row("/c/nonsense/", GET="404 404 404 404"),
    "shared_collection_add": Row("/c/nonsense/add/", GET="302 404 404 404", POST="302 404 404 404"),
    "questions:list": Row("/questions/", GET=MEMBERS),
    "questions:detail": Row("/questions/chunking/", GET=MEMBERS),
    "questions:answer": Row("/questions/chunking/answer/", GET=TO_LOGIN, POST="302 400 400 400"),
    "questions:draft": Row("/questions/chunking/draft/", POST=MEMBERS),
    "questions:hint": Row("/questions/chunking/hint/", POST=TO_LOGIN),
    "questions:reveal": Row("/questions/chunking/reveal/", POST=TO_LOGIN),
    "questions:revealed": Row("/questions/chunking/revealed/", GET=TO_LOGIN),
    "questions:rate": Row("/questions/chunking/rate/", POST=TO_LOGIN),
    "questions:skip": Row("/questions/chunking/skip/", POST=TO_LOGIN),
    "questions:bury": Row("/questions/chunking/bury/", POST=TO_LOGIN),
    "questions:suspend": Row("/questions/chunking/suspend/", POST=TO_LOGIN),
    "questions:resume": Row("/questions/chunking/resume/", POST=TO_LOGIN),
    "questions:leech": Row("/questions/chunking/leech/", GET=OWNER),
    "pauses:list": Row("/paused/", GET=MEMBERS),
    "readiness:page": Row("/readiness/", GET=MEMBERS),
    "readiness:rows": Row("/readiness/deep/rag/", GET=MEMBERS),
    "checklist:page": Row("/checklist/", GET=MEMBERS),
    "checklist:tick": Row("/checklist/company/", POST=TO_LOGIN),
    "progress:page": Row("/progress/", GET=MEMBERS),
    "progress:download": Row("/progress/reviews.csv", GET=MEMBERS),
    "questions:history": Row("/questions/chunking/history/", GET=MEMBERS),
    "reminders:page": Row("/settings/reminders/", GET=MEMBERS, POST="302 400 400 400"),
    "reminders:sample": Row("/settings/reminders/sample/", POST=TO_LOGIN),
    "reminders:make_link": Row("/settings/reminders/link/", POST=TO_LOGIN),
    "reminders:remove_link": Row("/settings/reminders/link/remove/", POST=TO_LOGIN),
    "mail:unsubscribe": Row("/mail/unsubscribe/nobody:signed:this/", GET="404 404 404 404", POST="404 404 404 404"),
    "mail:calendar": Row("/calendar/guessed.ics", GET="404 404 404 404"),
    "plan:page": Row("/plan/", GET=MEMBERS),
    "interviews:new": Row("/interviews/new/", GET=MEMBERS, POST="302 400 400 400"),
    "interviews:forget": Row("/interviews/forget/", POST=TO_LOGIN),
    "interviews:edit": Row("/interviews/{interview}/edit/", GET=OWNER, POST="302 400 404 404"),
    "interviews:delete": Row("/interviews/{interview}/delete/", POST="302 302 404 404"),
    "answers:detail": Row("/answers/{answer}/", GET=OWNER),
    "answers:feedback": Row("/answers/{answer}/feedback/", GET=OWNER),
    "answers:rate": Row("/answers/{answer}/rate/", POST="302 400 404 404"),
    "reviews:undo": Row("/reviews/{review}/undo/", POST="302 302 404 404"),
    "reviews:again": Row("/reviews/{review}/again/", GET="302 302 404 404"),
    # allauth
    "account_login": Row("/accounts/login/", PATCH="405 302 302 302", DELETE="405 302 302 302", rest=VISITORS),
    "account_logout": Row("/accounts/logout/", GET=MEMBERS, POST=TO_LOGIN),
    "account_inactive": Row("/accounts/inactive/", GET=PUBLIC),
    "account_signup": Row("/accounts/signup/", PATCH="405 302 302 302", DELETE="405 302 302 302", rest=VISITORS),
    "account_reauthenticate": Row("/accounts/reauthenticate/", **FORM),
    "account_email": Row("/accounts/email/", GET=MEMBERS, POST=TO_LOGIN, PUT=TO_LOGIN, rest=NO_AFTER_LOGIN),
    "account_email_verification_sent": Row("/accounts/confirm-email/", GET=PUBLIC),
    "account_change_password": Row("/accounts/password/change/", **FORM),
    "account_set_password": Row("/accounts/password/set/", rest=TO_LOGIN),
    "account_reset_password": Row("/accounts/password/reset/", GET=PUBLIC, POST=PUBLIC, PUT=PUBLIC),
    "account_confirm_login_code": Row("/accounts/login/code/confirm/", rest=TO_LOGIN),
    "account_confirm_email": Row("/accounts/confirm-email/MQ:nonsense/", GET=PUBLIC, POST="404 404 404 404"),
    "account_reset_password_from_key_done": Row("/accounts/password/reset/key/done/", GET=PUBLIC),
    "account_reset_password_from_key": Row("/accounts/password/reset/key/1-nonsense/", rest=PUBLIC),
    "account_reset_password_done": Row("/accounts/password/reset/done/", GET=PUBLIC),
    "mfa_index": Row("/accounts/2fa/", GET=MEMBERS, rest=NO_AFTER_LOGIN),
    "mfa_authenticate": Row("/accounts/2fa/authenticate/", rest=TO_LOGIN),
    "mfa_reauthenticate": Row("/accounts/2fa/reauthenticate/", rest=TO_LOGIN),
    "mfa_activate_totp": Row("/accounts/2fa/totp/activate/", rest=TO_LOGIN),
    "mfa_deactivate_totp": Row("/accounts/2fa/totp/deactivate/", rest="302 404 404 404"),
    "mfa_view_recovery_codes": Row("/accounts/2fa/recovery-codes/", GET="302 404 404 404", rest=NO_AFTER_LOGIN),
    "mfa_generate_recovery_codes": Row("/accounts/2fa/recovery-codes/generate/", rest=TO_LOGIN),
    "mfa_download_recovery_codes": Row("/accounts/2fa/recovery-codes/download/", rest="302 404 404 404"),
    "mfa_list_webauthn": Row("/accounts/2fa/webauthn/", GET=MEMBERS, rest=NO_AFTER_LOGIN),
    "mfa_add_webauthn": Row("/accounts/2fa/webauthn/add/", rest=TO_LOGIN),
    "mfa_reauthenticate_webauthn": Row("/accounts/2fa/webauthn/reauthenticate/", rest=TO_LOGIN),
    "mfa_remove_webauthn": Row("/accounts/2fa/webauthn/keys/1/remove/", rest=TO_LOGIN),
    "mfa_edit_webauthn": Row("/accounts/2fa/webauthn/keys/1/edit/", rest=TO_LOGIN),
    "mfa_login_webauthn": Row(
        "/accounts/2fa/webauthn/login/", PATCH="405 302 302 302", DELETE="405 302 302 302", rest=TO_LOGIN
    ),
    "socialaccount_login_cancelled": Row("/accounts/3rdparty/login/cancelled/", GET=PUBLIC),
    "socialaccount_login_error": Row("/accounts/3rdparty/login/error/", GET="401 401 401 401"),
    "socialaccount_signup": Row("/accounts/3rdparty/signup/", rest=TO_LOGIN),
    "socialaccount_connections": Row("/accounts/3rdparty/", **FORM),
    "/accounts/social/login/cancelled/": Row("/accounts/social/login/cancelled/", rest=MOVED),
    "/accounts/social/login/error/": Row("/accounts/social/login/error/", rest=MOVED),
    "/accounts/social/signup/": Row("/accounts/social/signup/", rest=MOVED),
    "/accounts/social/connections/": Row("/accounts/social/connections/", rest=MOVED),
    "usersessions_list": Row("/accounts/sessions/", GET=MEMBERS, POST=TO_LOGIN, PUT=TO_LOGIN, rest=NO_AFTER_LOGIN),
    # /api/v1/
    "api:categories": Row("/api/v1/categories/", GET=API, rest=API_NO),
    "api:questions": Row("/api/v1/questions/", GET=API, rest=API_NO),
    "api:question": Row("/api/v1/questions/chunking/", GET=API, rest=API_NO),
    "api:question-reveal": Row("/api/v1/questions/chunking/reveal/", POST=API, rest=API_NO),
    "api:practice-next": Row("/api/v1/practice/next/", GET=API, rest=API_NO),
    "api:stats": Row("/api/v1/stats/", GET=API, rest=API_NO),
    "api:interviews": Row("/api/v1/interviews/", GET=API, POST="401 400 400 400", rest=API_NO),
    "api:interview": Row(
        "/api/v1/interviews/{interview}/", GET=API_OWNER, PATCH=API_OWNER, DELETE="401 204 404 404", rest=API_NO
    ),
    "api:practice-today": Row("/api/v1/practice/today/", GET=API, rest=API_NO),
    "api:answers": Row("/api/v1/answers/", GET=API, POST="401 400 400 400", rest=API_NO),
    "api:answer": Row("/api/v1/answers/{answer}/", GET=API_OWNER, rest=API_NO),
    "api:answer-feedback": Row("/api/v1/answers/{answer}/feedback/", GET=API_OWNER, rest=API_NO),
    "api:reviews": Row("/api/v1/reviews/", GET=API, POST="401 400 400 400", rest=API_NO),
    "api:review": Row("/api/v1/reviews/{review}/", GET=API_OWNER, DELETE="401 204 404 404", rest=API_NO),
    "api:me": Row("/api/v1/me/", GET=API, rest=API_NO),
    "api:schema": Row("/api/v1/schema/", GET=PUBLIC),
    "api-docs": Row("/api/v1/docs/", GET=PUBLIC),
    # The administration's way in; its models are below
    "admin:login": Row(
        "/admin/login/",
        GET="302 403 403 302",
        PATCH="302 403 403 405",
        DELETE="302 403 403 405",
        rest="302 403 403 200",
    ),
}

# Models in the administration, and what an operator may do with them; nobody else gets further than the log-in.
ADMIN_MODELS = {
    "accounts.user": "view change delete",
    "accounts.apitoken": "view change delete",
    "accounts.invitation": "view add change delete",
    "accounts.sitepage": "view add change delete",
    "questions.category": "view",
    "questions.question": "view",
    "questions.feedback": "view",
    "questions.questionreport": "view change delete",
    "auth.group": "view add change delete",
    "account.emailaddress": "view add change delete",
    "socialaccount.socialapp": "view add change delete",
    "socialaccount.socialaccount": "view add change delete",
}
# The administration's other pages: what an operator's GET gives.
ADMIN_PAGES = {
    "admin:index": ("/admin/", 200),
    "admin:logout": ("/admin/logout/", 405),
    "admin:password_change": ("/admin/password_change/", 200),
    "admin:password_change_done": ("/admin/password_change/done/", 200),
    "admin:autocomplete": ("/admin/autocomplete/", 403),
    "admin:jsi18n": ("/admin/jsi18n/", 200),
    "admin:view_on_site": ("/admin/r/1/1/", 404),
    "admin:app_list": ("/admin/questions/", 200),
    "/admin/(?P<url>.*)$": ("/admin/nothing-here", 404),
}


def admin_addresses() -> Iterator[tuple[str, str, int]]:
    """(name, path, status of an operator's GET) of every page of the administration."""
    yield from ((name, path, status) for name, (path, status) in ADMIN_PAGES.items())
    for label, may in ADMIN_MODELS.items():
        app, model = label.split(".")
        name, path = f"admin:{app}_{model}", f"/admin/{app}/{model}"
        yield f"{name}_changelist", f"{path}/", 200
        yield f"{name}_add", f"{path}/add/", 200 if "add" in may else 403
        yield f"{name}_change", f"{path}/987654321/change/", 302
        yield f"{name}_history", f"{path}/987654321/history/", 302
        yield f"{name}_delete", f"{path}/987654321/delete/", 302 if "delete" in may else 403
        yield f"{path}/<path:object_id>/", f"{path}/987654321/", 302

"""A mail that bounces: SES says so on EventBridge, a rule starts `feedback`, and the address gets no more mail."""

import json
from datetime import datetime, timezone
from pathlib import Path

from api import Api
from journey import PASSWORD
from mailbox import Mailbox
from stack import Stack
from steps import Report, expect, utc, wait_for

EMAIL = "cyd@example.com"


class Feedback:
    """Cyd's address is gone. `recorded` is a bounce as SES reports it."""

    def __init__(self, report: Report, api: Api, mailbox: Mailbox, stack: Stack, recorded: Path) -> None:
        self._report, self._api, self._mailbox, self._stack = report, api, mailbox, stack
        self._events = stack.aws.client("events")
        self._rule = stack.physical["FeedbackRule"]
        self._ours = stack.physical["MailConfigurationSet"]
        self._recorded = recorded.read_text()

    def match_the_report(self) -> None:
        """ministack's SES reports nothing, and nobody but SES may say that it is SES: the rule is asked instead."""
        with self._report.step("the rule takes the report of a mail that went through the stack's configuration set"):
            expect(self._matches(self._bounce(self._ours)), "it does not")
        with self._report.step("but no report of somebody else's mail"):
            expect(not self._matches(self._bounce("another")), "it does")

    def suppress(self) -> None:
        """What the rule would start, started as the rule would."""
        with self._report.step("the rule's function takes the report", "FeedbackFunction"):
            target, = self._events.list_targets_by_rule(Rule=self._rule)["Targets"]
            self._stack.aws.client("lambda").invoke(
                FunctionName=target["Arn"], InvocationType="Event", Payload=self._bounce(self._ours))
            wait_for("the function's word", lambda: self._said("FeedbackFunction", "addresses suppressed"))
        with self._report.step("Cyd registers, and the mailer sends nothing there", "AuthFunction", "MailerFunction"):
            body = {"email": EMAIL, "name": "Cyd Charles", "password": PASSWORD}
            self._api.post("/api/auth/register", body).expect(202)
            wait_for("the mailer's word", lambda: self._said("MailerFunction", "mail suppressed"))
            wait_for("an empty outbox", lambda: not self._stack.waiting())
            expect(not self._mailbox.mails_to(EMAIL), "a mail was sent")

    def _bounce(self, configuration_set: str) -> str:
        """The report, of this moment, of a mail to Cyd that went through this set."""
        event = json.loads(self._recorded) | {"time": utc(datetime.now(timezone.utc))}
        event["detail"]["mail"]["destination"] = [EMAIL]
        event["detail"]["mail"]["tags"]["ses:configuration-set"] = [configuration_set]
        return json.dumps(event)

    def _matches(self, event: str) -> bool:
        pattern = self._events.describe_rule(Name=self._rule)["EventPattern"]
        return self._events.test_event_pattern(EventPattern=pattern, Event=event)["Result"]

    def _said(self, function: str, words: str) -> bool:
        return any(words in line for line in self._stack.logged(function))

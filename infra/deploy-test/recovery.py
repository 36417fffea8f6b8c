"""A mail whose worker cannot run: the stream gives it up and names it, it waits, and the schedule has it sent."""

import json
from datetime import datetime, timedelta, timezone

from api import Api
from journey import PASSWORD
from mailbox import Mailbox
from stack import MAIL_FROM, Stack
from steps import Report, expect, utc, wait_for
from template import Template

EMAIL = "bea@example.com"
NAME = "Bea Brunner"
# AWS's least. The template's hour is right for an owner and too long for a test.
RECORD_AGE_SECONDS = 60
SCHEDULED_TIME = "<aws.scheduler.scheduled-time>"


class Recovery:
    """Bea registers while the mailer is broken."""

    def __init__(self, report: Report, api: Api, mailbox: Mailbox, stack: Stack, template: Template) -> None:
        self._report, self._api, self._mailbox, self._stack, self._template = report, api, mailbox, stack, template
        self._lambda = stack.aws.client("lambda")
        self._mailer = stack.physical["MailerFunction"]
        self._others: list[str] = []

    def lose_a_mail(self) -> None:
        """The mailer fails, so that the stream cannot get rid of a record."""
        with self._report.step("the stream's mapping is the template's", "MailerFunction"):
            self._compare_mapping()
        with self._report.step("the mailer cannot start any more, and Bea registers", "AuthFunction"):
            self._others = [item["pk"]["S"] for item in self._stack.waiting()]
            self._broken(True)
            # ministack tries a record until it is this old; see README.md.
            self._lambda.update_event_source_mapping(
                UUID=self._stack.physical["MailerFunctionOutbox"], MaximumRecordAgeInSeconds=RECORD_AGE_SECONDS)
            body = {"email": EMAIL, "name": NAME, "password": PASSWORD}
            self._api.post("/api/auth/register", body).expect(202)

    def find_it_in_the_dead_letters(self) -> None:
        """The queue says where to look, and nothing about whom."""
        with self._report.step("the record arrives in the dead-letter queue", "MailerFunction"):
            letter = wait_for("a dead letter", self._dead_letter, RECORD_AGE_SECONDS + 30)
        with self._report.step("the letter has sequence numbers and no personal data"):
            batch = json.loads(letter)["DDBStreamBatchInfo"]
            expect(batch["startSequenceNumber"] and batch["endSequenceNumber"], f"no sequence numbers in {batch}")
            for told in (EMAIL, NAME, "NewImage", "sealed", "requestPayload"):
                expect(told not in letter, f"it holds {told!r}: {letter}")
        with self._report.step("nothing was sent to Bea, and her mail still waits"):
            expect(not self._mailbox.mails_to(EMAIL), "a mail was sent")
            expect(len(self._waiting()) == 1, f"{len(self._waiting())} items wait")

    def compare_schedules(self) -> None:
        """What EventBridge Scheduler was given."""
        with self._report.step("every schedule is the template's and aims at its function"):
            scheduler = self._stack.aws.client("scheduler")
            for schedule in self._template.schedules():
                found = scheduler.get_schedule(Name=self._stack.physical[schedule.logical_id])
                expect(found["State"] == "ENABLED", f"{schedule.logical_id} is {found['State']}")
                expect(found["ScheduleExpression"] == schedule.expression, f"it is {found['ScheduleExpression']}")
                expect(json.loads(found["Target"]["Input"]) == schedule.input, f"it says {found['Target']['Input']}")
                aimed = found["Target"]["Arn"].rpartition(":")[2]
                expect(aimed == self._stack.physical[schedule.function], f"it starts {aimed}")

    def drive_it_again(self) -> None:
        """The schedule's own target, with its own input, at a time of our choosing."""
        with self._report.step("the mailer is repaired, and the mail has waited for six minutes"):
            self._broken(False)
            self._age(self._waiting()[0], timedelta(minutes=6))
        with self._report.step("the schedule starts the scheduler, and the stream brings Bea's mail",
                               "SchedulerFunction", "MailerFunction"):
            self._fire("redrive-outbox")
            self._mailbox.wait_for(EMAIL, 1, MAIL_FROM, 60)
        with self._report.step("nothing waits any more"):
            wait_for("an empty outbox", lambda: not self._waiting())

    def _compare_mapping(self) -> None:
        mapping = self._lambda.get_event_source_mapping(UUID=self._stack.physical["MailerFunctionOutbox"])
        wanted = self._template.resources["MailerFunction"]["Properties"]["Events"]["Outbox"]["Properties"]
        for name in ("BatchSize", "BisectBatchOnFunctionError", "FunctionResponseTypes", "MaximumRetryAttempts",
                     "MaximumRecordAgeInSeconds", "FilterCriteria", "StartingPosition"):
            expect(mapping[name] == wanted[name], f"{name} is {mapping[name]}")

    def _broken(self, broken: bool) -> None:
        """A sender that is none ends the process at its start, as any wrong setting does."""
        variables = self._lambda.get_function_configuration(FunctionName=self._mailer)["Environment"]["Variables"]
        variables["MAIL_FROM"] = "nobody" if broken else MAIL_FROM
        self._lambda.update_function_configuration(FunctionName=self._mailer, Environment={"Variables": variables})
        self._lambda.get_waiter("function_updated_v2").wait(FunctionName=self._mailer)

    def _dead_letter(self) -> str | None:
        """A stream's letter; other workers' letters may lie in the queue as well."""
        queue = self._stack.outputs["DeadLetterQueueUrl"]
        received = self._stack.aws.client("sqs").receive_message(
            QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10)
        letters = [message["Body"] for message in received.get("Messages", [])]
        return next((letter for letter in letters if "DDBStreamBatchInfo" in json.loads(letter)), None)

    def _waiting(self) -> list[dict]:
        """Bea's items that the schedule would find."""
        return [item for item in self._stack.waiting() if item["pk"]["S"] not in self._others]

    def _age(self, item: dict, by: timedelta) -> None:
        """Lets an item wait for longer than it has."""
        since = datetime.fromisoformat(item["due_at"]["S"].replace("Z", "+00:00")) - by
        self._stack.aws.client("dynamodb").update_item(
            TableName=self._stack.outputs["MainTableName"],
            Key={"pk": item["pk"], "sk": item["sk"]},
            UpdateExpression="SET due_at = :since",
            ExpressionAttributeValues={":since": {"S": utc(since)}})

    def _fire(self, task: str) -> None:
        """A one-off twin of the schedule. EventBridge Scheduler fills in the time; ministack does not, so it is done
        here."""
        scheduler = self._stack.aws.client("scheduler")
        ours = [one.logical_id for one in self._template.schedules() if one.input["task"] == task]
        expect(len(ours) == 1, f"{len(ours)} schedules have the task {task}")
        target = scheduler.get_schedule(Name=self._stack.physical[ours[0]])["Target"]
        now = datetime.now(timezone.utc)
        scheduler.create_schedule(
            Name="now", FlexibleTimeWindow={"Mode": "OFF"}, ActionAfterCompletion="DELETE",
            ScheduleExpression=f"at({now:%Y-%m-%dT%H:%M:%S})",
            Target={"Arn": target["Arn"], "RoleArn": target["RoleArn"],
                    "Input": target["Input"].replace(SCHEDULED_TIME, utc(now))})

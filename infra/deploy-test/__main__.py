"""Deploys the template to an AWS on this machine and uses what it made: `make deploy-test`."""

import argparse
import os
import shutil
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

import local_aws
import stack
from api import Api
from exports import Exports
from feedback import Feedback
from journey import Journey
from mailbox import Mailbox
from permissions import Permissions
from recovery import Recovery
from stack import Stack
from steps import Report, StepFailed, Unexpected, expect, wait_for
from template import Template

REPOSITORY = Path(__file__).resolve().parents[2]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 0), help="default: any free port")
    port = options.parse_args().port
    # A terminal that closes and a CI that stops a job end this the way Ctrl-C does: through every `finally`.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    local_aws.forget_the_callers_account()
    folder = REPOSITORY / ".local/deploy-test/run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    report = Report()
    try:
        run(report, folder, port)
    except StepFailed:
        print("                 nothing can be tried without it")
    except KeyboardInterrupt:
        print("\nstopped")
        return 130
    print(f"\n{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def run(report: Report, folder: Path, port: int) -> None:
    print("The template")
    with report.step("the binaries of the dev profile are laid out as the template wants them"):
        template = stack.lay_out(REPOSITORY, folder)
    with ExitStack() as lifetime:
        with report.step("an AWS on this machine starts"):
            aws = lifetime.enter_context(local_aws.running(folder, port))
        with report.step("SES has verified the sender"):
            aws.client("sesv2").create_email_identity(EmailIdentity=stack.MAIL_FROM)
        with report.step("the code is packaged into a bucket"):
            packaged = stack.package(aws, template)
        with report.step("CloudFormation deploys the template"):
            deployed = stack.deploy(aws, packaged)
            report.logs = deployed.logged
        with report.step("every resource of the template is there"):
            missing = [name for name in template.always_there() if deployed.status.get(name) != "CREATE_COMPLETE"]
            expect(not missing, f"not there: {missing}")
        with report.step("the operator's command fills the secrets, and never again"):
            expect("created" in stack.operate(aws, REPOSITORY, "generate-secrets"), "nothing was created")
            expect("created" not in stack.operate(aws, REPOSITORY, "generate-secrets"), "secrets were replaced")
        with report.step("the operator's command seeds the tables"):
            stack.operate(aws, REPOSITORY, "migrate")
        with report.step("the operator's command begins to rotate the signing key"):
            stack.operate(aws, REPOSITORY, "rotate-keys", "signing")
        with report.step("the doctor finds wrong what is not as on AWS, and nothing else"):
            # ministack takes TTL and does not turn it on, and nobody answers at the public URL.
            try:
                stack.operate(aws, REPOSITORY, "doctor")
            except Unexpected as error:
                wrong = [line for line in str(error).splitlines() if line.startswith("FIX")]
                known = [line for line in wrong if "TTL is off" in line or stack.PUBLIC_URL in line]
                expect(len(wrong) == 3 and known == wrong, str(error))
        use(report, deployed, template)


def use(report: Report, deployed: Stack, template: Template) -> None:
    permissions = Permissions(report, deployed)
    api, mailbox = Api(deployed.api_url(), deployed.aws.port), Mailbox(deployed.aws)
    journey = Journey(report, api, mailbox)
    recovery = Recovery(report, api, mailbox, deployed, template)
    feedback = Feedback(report, api, mailbox, deployed, REPOSITORY / "events/feedback/bounce.json")
    report.chapter("Permissions", permissions.are_enforced, permissions.let_the_mailer_send)
    arrived = report.chapter("The first journey", journey.arrive, journey.refresh)
    # It takes a minute, in which the grace of the refreshed token passes.
    report.chapter("A mail whose worker cannot run", recovery.lose_a_mail, recovery.find_it_in_the_dead_letters,
                   recovery.compare_schedules, recovery.drive_it_again)
    if arrived:
        report.chapter("The journey goes on", journey.reuse_the_old_token, journey.sign_in_and_out)
        exports = Exports(report, api, mailbox, deployed, permissions)
        report.chapter("An export", exports.open_the_bucket_to_plain_http, exports.ask, exports.fetch, exports.erase)
    report.chapter("An address that bounces", feedback.match_the_report, feedback.suppress)
    report.chapter("Off the map", journey.go_astray)
    report.chapter("Nothing was left out", lambda: look_back(report, deployed, template))


def look_back(report: Report, deployed: Stack, template: Template) -> None:
    with report.step("every mail was carried out and deleted", "MailerFunction"):
        wait_for("an empty outbox", lambda: not deployed.waiting())
    # A path that lost its route would still be answered, by `front`.
    with report.step("every function has run"):
        idle = [name for name in template.functions() if not deployed.logged(name)]
        expect(not idle, f"not once: {idle}")


if __name__ == "__main__":
    sys.exit(main())

"""Packages the template as it is with binaries of the dev profile, deploys it, and finds what came of it."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from local_aws import REGION, LocalAws
from steps import Unexpected
from template import Template

NAME = "latchkey"
BUCKET = "latchkey-deployments"
MAIL_FROM = "no-reply@example.com"
PUBLIC_URL = "https://id.example.com"


def lay_out(repository: Path, folder: Path) -> Template:
    """Copies the template and the binaries into `folder` the way the repository has them after `cargo lambda build`,
    which is left alone: the real `target/lambda` may hold what somebody is about to deploy."""
    (folder / "infra").mkdir()
    template = Template(Path(shutil.copy(repository / "infra/template.yaml", folder / "infra")))
    for binary in template.functions().values():
        home = folder / "target/lambda" / binary
        home.mkdir(parents=True)
        # Line tables would be four fifths of each archive.
        subprocess.run(["strip", "-o", home / "bootstrap", built(repository, binary)], check=True)
    return template


def built(repository: Path, binary: str) -> Path:
    return Path(os.environ.get("CARGO_TARGET_DIR", repository / "target")) / "debug" / binary


def package(aws: LocalAws, template: Template) -> Path:
    """Uploads the code to a bucket, as an owner does."""
    aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    packaged = aws.folder / "packaged.yaml"
    cloudformation(aws, "package", "--template-file", template.path, "--s3-bucket", BUCKET,
                   "--output-template-file", packaged)
    return packaged


def deploy(aws: LocalAws, packaged: Path) -> "Stack":
    """Makes the stack. Only parameters are given."""
    cloudformation(aws, "deploy", "--stack-name", NAME, "--template-file", packaged, "--s3-bucket", BUCKET,
                   "--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND",
                   # As behind a CDN: without its key API Gateway's own address, which the test calls, would be closed.
                   "--parameter-overrides", f"PublicUrl={PUBLIC_URL}", f"MailFrom={MAIL_FROM}",
                   # Who deletes an account is erased at once, and a test need not wait for the grace.
                   "DeletionGraceDays=0",
                   f"TrustedProxyKeys={hashlib.sha256(b'a key of the CDN').hexdigest()}")
    return Stack(aws)


def operate(aws: LocalAws, repository: Path, *words: str) -> str:
    """Runs the operator's command line on the stack."""
    return command(aws, built(repository, "latchkey-ops"), *words, "--stack", NAME, "--endpoint", aws.url)


def cloudformation(aws: LocalAws, *arguments: str | Path) -> None:
    try:
        command(aws, sys.executable, "-m", "awscli", "cloudformation", *arguments)
    except Unexpected as error:
        raise Unexpected(f"{error}{reasons(aws)}") from error


def command(aws: LocalAws, *words: str | Path) -> str:
    done = subprocess.run(words, env=aws.environment(), cwd=aws.folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unexpected(f"{' '.join(map(str, words))}: {done.stdout}{done.stderr}")
    return done.stdout


def reasons(aws: LocalAws) -> str:
    """Why the stack's resources could not be made, where it got so far."""
    try:
        events = aws.client("cloudformation").describe_stack_events(StackName=NAME)["StackEvents"]
    except Exception:  # There is no stack; the command has said why.
        return ""
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "".join(f"\n{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed)


class Stack:
    """What was deployed."""

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws
        client = aws.client("cloudformation")
        described = client.describe_stacks(StackName=NAME)["Stacks"][0]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}
        resources = client.describe_stack_resources(StackName=NAME)["StackResources"]
        self.status = {resource["LogicalResourceId"]: resource["ResourceStatus"] for resource in resources}
        self.physical = {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}

    def api_url(self) -> str:
        """Where API Gateway itself answers; PUBLIC_URL is only what mails and tokens say."""
        return self.aws.client("apigatewayv2").get_api(ApiId=self.physical["HttpApi"])["ApiEndpoint"]

    def logged(self, function: str, lines: int = 20) -> list[str]:
        """The last lines of a function's log; `function` is its logical id."""
        name = self.physical[function]
        configured = self.aws.client("lambda").get_function_configuration(FunctionName=name)["LoggingConfig"]
        pages = self.aws.client("logs").get_paginator("filter_log_events").paginate(
            logGroupName=configured["LogGroup"])
        return [event["message"] for page in pages for event in page["events"]][-lines:]

    def waiting(self) -> list[dict]:
        """The outbox items that are not carried out yet. Exports stand in their index as well, until they are forgotten."""
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(
            TableName=self.outputs["MainTableName"], IndexName="due")
        return [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith("OUTBOX#")]

"""What the functions may do is what the template says. ministack enforces it, with two exceptions: who sends a mail, and
that files are asked for by TLS (`exports.py`)."""

import json

import boto3
from botocore.exceptions import ClientError

from local_aws import REGION
from stack import Stack
from steps import Report, Unexpected, expect

SEND = "ses:SendEmail"


class Permissions:
    """Of the deployed roles."""

    def __init__(self, report: Report, stack: Stack) -> None:
        self._report, self._stack = report, stack

    def are_enforced(self) -> None:
        """Otherwise all that follows would prove nothing about them."""
        with self._report.step("the role of a function that puts nothing may not put"):
            table = self.of("SchedulerFunctionRole", "dynamodb")
            key = {"pk": {"S": "ACCOUNT#nothing"}, "sk": {"S": "nothing"}}
            name = self._stack.outputs["MainTableName"]
            table.get_item(TableName=name, Key=key)
            try:
                table.put_item(TableName=name, Item=key)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                expect(code == "AccessDeniedException", f"refused as {code}")
            else:
                raise Unexpected("it may")

    def let_the_mailer_send(self) -> None:
        """Widens the one statement that allows it. ministack knows neither the identity that a mail is sent with nor
        `ses:FromAddress`, so that it would refuse what AWS allows."""
        with self._report.step("the mailer, and no other function, may send; for ministack in anybody's name"):
            iam, widened = self._stack.aws.client("iam"), []
            for role in filter(lambda name: name.endswith("FunctionRole"), self._stack.physical):
                name = self._stack.physical[role]
                for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
                    document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
                    for statement in document["Statement"]:
                        if SEND in statement["Action"]:
                            statement.pop("Condition", None)
                            statement["Resource"] = "*"
                            widened.append(role)
                    iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
            expect(widened == ["MailerFunctionRole"], f"allowed to {widened}")

    def of(self, role: str, service: str):
        """A client of a service under a role of the stack."""
        account = self._stack.aws.client("sts").get_caller_identity()["Account"]
        arn = f"arn:aws:iam::{account}:role/{self._stack.physical[role]}"
        session = self._stack.aws.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
        return boto3.client(
            service, region_name=REGION, endpoint_url=self._stack.aws.url,
            aws_access_key_id=session["AccessKeyId"], aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"])

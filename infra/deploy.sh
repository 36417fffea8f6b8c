#!/bin/sh
# Brings the built functions and the template to AWS: uploads the code, makes or changes the stack, creates the secrets
# that are missing, takes the migrations that are due, and says what is left to do. Run again after every change.
#
# STACK and REGION are needed. PARAMETERS="MailFrom=no-reply@example.com AppName='Two words'" are template parameters;
# those that are not named keep the value of the last deployment. BUCKET is where the code is uploaded; without it a
# private one is made for it. BUILT=yes says that `make build` is done.
#
# It is written for every POSIX shell, since macOS still has bash 3.2. The list of parameters is "$@", the one array that
# such a shell has.
set -eu
cd "$(dirname "$0")/.."

if [ -z "${STACK:-}" ] || [ -z "${REGION:-}" ]; then
  echo 'usage: make deploy STACK=name REGION=region [PARAMETERS="Name=value ..."] [BUCKET=name]' >&2
  exit 2
fi

# xargs reads quotes as a shell does, and expands nothing.
named=$(printf '%s\n' "${PARAMETERS:-}" | xargs -n1 printf '%s\n')
set --
while IFS= read -r parameter; do
  # Some shells count an empty "$@" as a variable that is not set.
  [ -z "$parameter" ] || set -- ${1+"$@"} "$parameter"
done <<END
$named
END

export AWS_REGION="$REGION" AWS_DEFAULT_REGION="$REGION" STACK

if ! command -v aws >/dev/null; then
  [ -x .local/deploy/bin/aws ] || {
    echo "fetching the AWS CLI"
    python3 -m venv .local/deploy && .local/deploy/bin/pip install --quiet awscli==1.46.2
  }
  PATH="$PWD/.local/deploy/bin:$PATH"
fi

account=$(aws sts get-caller-identity --query Account --output text)

# Lambda reserves nothing that would leave less than 100 executions to the account's other functions, and says so only
# when half of the stack is there. So the quota is asked for first. What the stack has reserved already counts as its own.
kept_free=100
reserving=$(grep -c '^      ReservedConcurrentExecutions:' infra/template.yaml)
each=$(sed -n '/^  HashingConcurrency:/,/^  [A-Z]/s/^    Default: *//p' infra/template.yaml)
held=0
if deployed=$(aws cloudformation describe-stacks --stack-name "$STACK" --output text \
  --query "Stacks[0].[StackStatus, Parameters[?ParameterKey=='HashingConcurrency'].ParameterValue | [0]]" 2>/dev/null); then
  status=$(printf '%s\n' "$deployed" | cut -f1)
  before=$(printf '%s\n' "$deployed" | cut -f2)
  case $before in
  '' | *[!0-9]*) ;;
  *)
    each=$before
    # Without functions: the first deployment was never carried out, or rolled back.
    case $status in
    REVIEW_IN_PROGRESS | ROLLBACK_COMPLETE) ;;
    *) held=$((before * reserving)) ;;
    esac
    ;;
  esac
fi
for parameter; do
  case $parameter in
  HashingConcurrency=*) each=${parameter#*=} ;;
  esac
done
case $each in
*[!0-9]* | '') more=0 ;; # CloudFormation says what is wrong with it.
*) more=$((each * reserving - held)) ;;
esac
if [ "$more" -gt 0 ]; then
  if ! quota=$(aws lambda get-account-settings --output text \
    --query 'AccountLimit.[ConcurrentExecutions, UnreservedConcurrentExecutions]' 2>&1); then
    echo "warning: the account's quota of concurrent executions could not be read, so it was not checked: $quota" >&2
  else
    total=$(printf '%s\n' "$quota" | cut -f1)
    free=$(printf '%s\n' "$quota" | cut -f2)
    if [ $((free - more)) -lt "$kept_free" ]; then
      possible=$(( (free + held - kept_free) / reserving ))
      [ "$possible" -gt 0 ] || possible=0
      needed=$((total - free + more + kept_free))
      [ "$needed" -gt 1000 ] || needed=1000
      cat >&2 <<END
The quota of concurrent executions of this account in $REGION is $total, and $free of them are not reserved yet. The stack
would reserve $more more ($reserving functions that hash passwords, $each each), and Lambda wants $kept_free left over. Nothing
was deployed. Either
  - ask for a higher quota, wait until it is granted (it may take a day), and deploy again:
    aws service-quotas request-service-quota-increase --region $REGION \\
      --service-code lambda --quota-code L-B99A9384 --desired-value $needed
  - or deploy with PARAMETERS="HashingConcurrency=$possible ..." until then.
END
      exit 1
    fi
  fi
fi

# What was built elsewhere, without credentials, is deployed as it is.
[ "${BUILT:-}" = yes ] || make build

bucket=${BUCKET:-latchkey-code-$account-$REGION}
# The name can be guessed, so a bucket that somebody else made under it is refused: it would hold our code.
if ! found=$(aws s3api head-bucket --bucket "$bucket" --expected-bucket-owner "$account" 2>&1); then
  case $found in
  *404*) ;;
  *)
    echo "the bucket $bucket cannot be used: $found" >&2
    exit 1
    ;;
  esac
  echo "making the bucket $bucket"
  aws s3 mb "s3://$bucket"
  aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
fi

[ $# -eq 0 ] || set -- --parameter-overrides "$@"
mkdir -p target/deploy
aws cloudformation package --template-file infra/template.yaml --s3-bucket "$bucket" \
  --output-template-file target/deploy/template.yaml >/dev/null
aws cloudformation deploy --stack-name "$STACK" --template-file target/deploy/template.yaml --s3-bucket "$bucket" \
  --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset \
  ${1+"$@"}

# The command line finds the credentials of every kind of profile itself, but for a role that asks for a code: the AWS
# CLI asks for it, once, and hands over what it gets.
if [ -z "${AWS_ACCESS_KEY_ID:-}" ] && credentials=$(aws configure export-credentials --format env); then
  eval "$credentials"
fi
target/debug/latchkey-ops generate-secrets
target/debug/latchkey-ops migrate
target/debug/latchkey-ops doctor || echo "The stack is there. What the lines above ask for is left to do."

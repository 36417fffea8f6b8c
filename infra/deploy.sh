#!/usr/bin/env bash
# Brings the built functions and the template to AWS: uploads the code, makes or changes the stack, creates the secrets
# that are missing, takes the migrations that are due, and says what is left to do. Run again after every change.
#
# STACK and REGION are needed. PARAMETERS="MailFrom=no-reply@example.com AppName='Two words'" are template parameters;
# those that are not named keep the value of the last deployment. BUCKET is where the code is uploaded; without it a
# private one is made for it. BUILT=yes says that `make build` is done.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${STACK:-}" ] || [ -z "${REGION:-}" ]; then
  echo 'usage: make deploy STACK=name REGION=region [PARAMETERS="Name=value ..."] [BUCKET=name]' >&2
  exit 2
fi
mapfile -t parameters < <(xargs -r -n1 printf '%s\n' <<<"${PARAMETERS:-}")
# What was built elsewhere, without credentials, is deployed as it is.
[ "${BUILT:-}" = yes ] || make build
export AWS_REGION="$REGION" AWS_DEFAULT_REGION="$REGION" STACK

if ! command -v aws >/dev/null; then
  [ -x .local/deploy/bin/aws ] || {
    echo "fetching the AWS CLI"
    python3 -m venv .local/deploy && .local/deploy/bin/pip install --quiet awscli==1.46.2
  }
  PATH="$PWD/.local/deploy/bin:$PATH"
fi

account=$(aws sts get-caller-identity --query Account --output text)
bucket=${BUCKET:-latchkey-code-$account-$REGION}
# The name can be guessed, so a bucket that somebody else made under it is refused: it would hold our code.
if ! found=$(aws s3api head-bucket --bucket "$bucket" --expected-bucket-owner "$account" 2>&1); then
  [[ $found == *404* ]] || { echo "the bucket $bucket cannot be used: $found" >&2; exit 1; }
  echo "making the bucket $bucket"
  aws s3 mb "s3://$bucket"
  aws s3api put-public-access-block --bucket "$bucket" --public-access-block-configuration \
    BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
fi

mkdir -p target/deploy
aws cloudformation package --template-file infra/template.yaml --s3-bucket "$bucket" \
  --output-template-file target/deploy/template.yaml >/dev/null
aws cloudformation deploy --stack-name "$STACK" --template-file target/deploy/template.yaml --s3-bucket "$bucket" \
  --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --no-fail-on-empty-changeset \
  ${parameters[@]+--parameter-overrides "${parameters[@]}"}

# The command line reads credentials from the environment; the AWS CLI knows every other place where they may be.
if [ -z "${AWS_ACCESS_KEY_ID:-}" ]; then
  credentials=$(aws configure export-credentials --format env)
  eval "$credentials"
fi
target/debug/latchkey-ops generate-secrets
target/debug/latchkey-ops migrate
target/debug/latchkey-ops doctor || echo "The stack is there. What the lines above ask for is left to do."

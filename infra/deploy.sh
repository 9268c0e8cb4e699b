#!/bin/sh
# Deploys everything: what infra/ describes, then the package. Running it again brings both up to date.
#
#   infra/deploy.sh -g GROUP [-l LOCATION] [-p PARAMETERS] [-z ZIP] [-n APP] [-c]
#
#   -g  resource group; AZURE_RESOURCE_GROUP without it
#   -l  creates the group there
#   -p  parameters; infra/main.parameters.json without it
#   -z  a package that is ready; without it `cargo xtask package` makes one
#   -n  the app, where the group has several
#   -c  the package alone
set -eu

group=${AZURE_RESOURCE_GROUP:-}
location=
parameters=infra/main.parameters.json
zip=
app=
code_only=
# The identity's right to the package's container takes effect within minutes.
attempts=5
pause_seconds=${DEPLOY_PAUSE_SECONDS:-60}

while getopts g:l:p:z:n:c option; do
  case $option in
    g) group=$OPTARG ;;
    l) location=$OPTARG ;;
    p) parameters=$OPTARG ;;
    z) zip=$OPTARG ;;
    n) app=$OPTARG ;;
    c) code_only=yes ;;
    *) exit 2 ;;
  esac
done
if [ -z "$group" ]; then
  echo "Name the resource group with -g" >&2
  exit 2
fi

if [ -z "$zip" ]; then
  zip=target/azure-files-backup.zip
  cargo xtask package --out "$zip"
fi

if [ -z "$code_only" ]; then
  if [ -n "$location" ]; then
    az group create --name "$group" --location "$location" --output none
  fi
  az deployment group create --resource-group "$group" --name file-backup \
    --template-file infra/main.bicep --parameters "@$parameters" --output none
fi

if [ -z "$app" ]; then
  app=$(az functionapp list --resource-group "$group" \
    --query "[?tags.\"azd-service-name\"=='backup'].name" --output tsv)
fi
case $app in
  '')
    echo "There is no app in $group yet; run this without -c" >&2
    exit 1
    ;;
  *[![:alnum:]-]*)
    echo "There are several apps in $group; name one with -n" >&2
    exit 2
    ;;
esac

attempt=1
until az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src "$zip" --output none; do
  if [ "$attempt" -ge "$attempts" ]; then
    echo "The package was refused $attempts times" >&2
    exit 1
  fi
  attempt=$((attempt + 1))
  sleep "$pause_seconds"
done
echo "$app runs this package. What to look at now stands in docs/deploy.md."

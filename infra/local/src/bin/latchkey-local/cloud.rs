//! Everything in its order: what must be there before the functions start, the functions, what needs them.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use latchkey_identity::app::create_missing;
use latchkey_identity::registry;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::config::{Config, Process, Source};
use latchkey_kernel::dynamo::Store;
use latchkey_kernel::dynamo::migrations::{self, Work};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::secret::SecretSource;
use latchkey_local::routing::Routes;
use latchkey_local::ses::Catcher;
use latchkey_local::template::Template;

use crate::clock::LocalClock;
use crate::desk::{self, Desk};
use crate::gateway::Gateway;
use crate::lambda::Lambda;
use crate::options::{Options, Settings};
use crate::schedules::Schedules;
use crate::supervisor::Guarded;
use crate::toolchain::Toolchain;
use crate::{Failure, accounts, environment, http_server, ports, stores, streams};

/// Runs until the functions' runtime ends, which is a failure, or the caller drops it.
pub(crate) async fn run(options: Options) -> Result<(), Failure> {
    let settings = options.settle()?;
    let template = Template::read_with(settings.root.join("infra/template.yaml"), &settings.parameters)?;
    let routes = Routes::new(&template.routes)?;
    create_private(&settings.local)?;
    let _only_one = lock(&settings)?;

    // Ports first: a taken one should be told before minutes of building.
    let api = ports::loopback(settings.port, "the API").await?;
    let dynamodb = ports::local_only(settings.dynamodb_port, "DynamoDB").await?;
    let ses = ports::local_only(settings.ses_port, "SES").await?;
    let s3 = ports::local_only(settings.s3_port, "S3").await?;

    create_secrets(&settings).await?;
    accounts::take_over(&settings.accounts, &SecretSource::Folder(settings.local.join("secrets"))).await?;
    let functions_env = settings.local.join("functions.env");
    let variables = environment::of_functions(&settings, &template);
    environment::check(&settings, &variables)?;
    environment::write(&functions_env, &variables)?;
    let clock = Arc::new(LocalClock::open(&settings.local)?);
    let database = stores::open_database(&settings, &template)?;
    let catcher = Catcher::open(settings.local.join("inbox.jsonl"))?;
    stores::serve_dynamodb(dynamodb, &database, settings.dynamodb_port);
    migrate(&settings, &variables).await?;
    stores::serve_ses(ses, &catcher, &clock, settings.ses_port);
    stores::serve_s3(s3, &settings, &template)?;

    let (lambda, watch) = start_functions(&settings, &functions_env).await?;
    streams::poll(&settings, &template.streams, &database, &lambda);
    let schedules = Schedules::start(&settings, &template.schedules, &lambda, &clock)?;
    let gateway = Gateway {
        routes,
        cors: template.cors.clone(),
        lambda: lambda.clone(),
        clock: Arc::clone(&clock),
        served: AtomicU64::new(0),
    };
    let functions = template.functions.iter().map(|function| function.bin.clone()).collect();
    let desk = Desk { catcher, clock, schedules, lambda, functions, port: settings.port };
    let both = Arc::new((gateway, desk));
    http_server::serve(api, move |request, peer| {
        let both = Arc::clone(&both);
        async move {
            let (gateway, desk) = &*both;
            if request.uri().path().starts_with(desk::PREFIX) {
                desk.answer(request).await
            } else {
                gateway.answer(request, peer).await
            }
        }
    });

    greet(&settings);
    match watch {
        Some(mut watch) => {
            let status = watch.ended().await?;
            Err(format!("cargo lambda watch ended ({status}); its output is above").into())
        }
        None => std::future::pending().await,
    }
}

/// The folder holds codes, links and hashes: nobody else on this machine should read them.
fn create_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))
}

/// Two clouds on one database would undo each other's checkpoints. The lock goes with the process, however it ends.
fn lock(settings: &Settings) -> Result<File, Failure> {
    let file = File::create(settings.local.join("lock"))?;
    file.try_lock().map_err(|_| "another local cloud already runs on this .local/ folder; stop it first")?;
    Ok(file)
}

/// Takes the steps that stored rows need, as a deployment does.
async fn migrate(settings: &Settings, variables: &BTreeMap<String, String>) -> Result<(), Failure> {
    let config = Config::read(&Source::new(Process::Tool, variables))?;
    let entropy = Entropy::operating_system();
    let source = SecretSource::Folder(settings.local.join("secrets"));
    let (pepper, macs) = (source.read_as().await?, source.read_as().await?);
    let store = Store::new(stores::dynamodb_client(settings.dynamodb_port), config.process.tables, entropy.clone());
    let work = Work { store: &store, macs: &macs, pepper: &pepper, entropy: &entropy, clock: &system_now };
    migrations::migrate(&work, &registry::migrations().copied().collect::<Vec<_>>()).await?;
    Ok(())
}

/// Secrets come into being before the first function reads them. Only the product knows what they look like.
async fn create_secrets(settings: &Settings) -> Result<(), Failure> {
    let folder = settings.local.join("secrets");
    let source = SecretSource::Folder(folder.clone());
    let created = create_missing(&source, &Entropy::operating_system(), system_now()).await;
    created.map(drop).map_err(|error| format!("cannot create the secrets in {}: {error}", folder.display()).into())
}

async fn start_functions(
    settings: &Settings,
    functions_env: &std::path::Path,
) -> Result<(Lambda, Option<Guarded>), Failure> {
    if let Some(endpoint) = &settings.lambda_endpoint {
        return Ok((Lambda::new(endpoint), None));
    }
    let toolchain = Toolchain::find(settings).await?;
    toolchain.build(settings).await?;
    let port = ports::free().await?;
    let watch = toolchain.watch(settings, functions_env, port).await?;
    Ok((Lambda::new(&format!("http://127.0.0.1:{port}")), Some(watch)))
}

fn greet(settings: &Settings) {
    let url = format!("http://localhost:{}", settings.port);
    println!(
        r#"
Latchkey is running.

  API        {url}
  Reference  {url}/api/docs
  Inbox      {url}/_local/inbox
  DynamoDB   http://127.0.0.1:{dynamodb}
  SES        http://127.0.0.1:{ses}
  S3         http://127.0.0.1:{s3}

Register somebody:

  curl {url}/api/auth/register -H 'content-type: application/json' \
    -d '{{"email":"ada@example.com","name":"Ada Lovelace","password":"correct horse battery staple"}}'

Then read the mail in the inbox. Ctrl-C stops everything; the data stays in .local/.
"#,
        dynamodb = settings.dynamodb_port,
        ses = settings.ses_port,
        s3 = settings.s3_port,
    );
}

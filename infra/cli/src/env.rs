//! The variables of an installation: read from a file before anything else, and written to one from the stack's outputs.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use clap::Args;
use serde_json::Value;

use crate::{place::value, show, trouble::Trouble};

/// Set for the process that runs with the file's variables, so that it does not read the file again.
const ENTERED: &str = "RELAIS_ENV_ENTERED";

/// The stack's outputs and the variables that they become.
const OUTPUTS: &[(&str, &str)] = &[
    ("ConfigurationSecretArn", "RELAIS_CONFIG_SECRET_ARN"),
    ("ArchiveBucketName", "RELAIS_ARCHIVE_BUCKET"),
    ("StateBucketName", "RELAIS_STATE_BUCKET"),
    ("JobsQueueUrl", "RELAIS_JOBS_QUEUE_URL"),
    ("JobsDeadLetterQueueUrl", "RELAIS_JOBS_DLQ_URL"),
    ("StatusQueueUrl", "RELAIS_STATUS_QUEUE_URL"),
    ("StatusDeadLetterQueueUrl", "RELAIS_STATUS_DLQ_URL"),
    ("ErpQueueUrl", "RELAIS_ERP_QUEUE_URL"),
    ("ErpDeadLetterQueueUrl", "RELAIS_ERP_DLQ_URL"),
];

/// Where the outputs are.
#[derive(Debug, Args)]
#[command(after_help = "\
Sur AWS, une ligne :\n
  aws cloudformation describe-stacks --stack-name relais | relais env --stack-outputs - > relais.env\n
puis : relais --env relais.env status")]
pub(crate) struct Arguments {
    /// Réponse JSON de `aws cloudformation describe-stacks` ; `-` la lit sur l'entrée standard.
    #[arg(long, value_name = "FICHIER")]
    stack_outputs: PathBuf,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Trouble> {
    let path = &arguments.stack_outputs;
    let text = if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| {
        Trouble::Misuse(format!("{} ne peut pas être lu : {error}", path.display()))
    })?;
    show::print(&variables(&text)?);
    Ok(ExitCode::SUCCESS)
}

/// The file's text, or which outputs are missing.
fn variables(answer: &str) -> Result<String, Trouble> {
    let answer: Value = serde_json::from_str(answer).map_err(|error| {
        Trouble::Misuse(format!(
            "ce n'est pas la réponse JSON de describe-stacks : {error}"
        ))
    })?;
    let outputs = outputs(&answer);
    let missing: Vec<&str> = OUTPUTS
        .iter()
        .filter(|(output, _)| !outputs.contains_key(*output))
        .map(|(output, _)| *output)
        .collect();
    if !missing.is_empty() {
        return Err(Trouble::Misuse(format!(
            "ces sorties manquent : {} ; est-ce bien la pile de Relais, à jour ?",
            missing.join(", ")
        )));
    }
    let mut text = String::new();
    for (output, variable) in OUTPUTS {
        if let Some(found) = outputs.get(*output) {
            text.push_str(&format!("{variable}={found}\n"));
        }
    }
    if let Some(region) = outputs.get("JobsQueueUrl").and_then(|url| region(url)) {
        text.push_str(&format!("AWS_REGION={region}\n"));
    }
    Ok(text)
}

/// The outputs, whether the answer is whole, one stack of it, or the list alone.
fn outputs(answer: &Value) -> BTreeMap<&str, &str> {
    let stack = answer.pointer("/Stacks/0").unwrap_or(answer);
    let list = stack.get("Outputs").unwrap_or(stack);
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|output| {
            let text = |name: &str| output.get(name)?.as_str();
            Some((text("OutputKey")?, text("OutputValue")?))
        })
        .collect()
}

/// `eu-west-3` of `https://sqs.eu-west-3.amazonaws.com/…`.
fn region(queue_url: &str) -> Option<&str> {
    let host = queue_url.split('/').nth(2)?;
    host.strip_prefix("sqs.")?.split('.').next()
}

/// Runs this very command again with the file's variables in its environment: so the AWS clients read theirs from it too. Comes back
/// only in that second run.
pub(crate) fn enter(path: &Path) -> Result<(), Trouble> {
    if value(ENTERED).as_deref() == path.to_str() {
        return Ok(());
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        Trouble::Misuse(format!("{} ne peut pas être lu : {error}", path.display()))
    })?;
    let variables = parse(&text).map_err(|line| {
        Trouble::Misuse(format!(
            "{}, ligne {line} : NOM=VALEUR attendu",
            path.display()
        ))
    })?;
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).envs(variables).env(ENTERED, path);
    Err(replace(&mut command))
}

#[cfg(unix)]
fn replace(command: &mut Command) -> Trouble {
    use std::os::unix::process::CommandExt as _;
    command.exec().into()
}

#[cfg(not(unix))]
fn replace(command: &mut Command) -> Trouble {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error.into(),
    }
}

/// `NOM=VALEUR` lines; `export` before, quotes around the value and `#` lines are allowed. The number of the first other line.
fn parse(text: &str) -> Result<BTreeMap<String, String>, usize> {
    let mut variables = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, given) = line.split_once('=').ok_or(number + 1)?;
        let name = name.trim();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(number + 1);
        }
        let given = given.trim();
        let quoted = |mark: char| given.strip_prefix(mark)?.strip_suffix(mark);
        let given = quoted('\'').or_else(|| quoted('"')).unwrap_or(given);
        variables.insert(name.to_owned(), given.to_owned());
    }
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_variables_may_be_one_that_a_shell_reads() {
        let read = parse("# a comment\nexport A='x y'\nB=\"z\"\n\n C = 1=2 \n").unwrap();
        assert_eq!(
            (read["A"].as_str(), read["B"].as_str(), read["C"].as_str()),
            ("x y", "z", "1=2")
        );
        assert_eq!(parse("A=1\nnonsense\n"), Err(2));
        assert_eq!(parse("A B=1\n"), Err(1));
    }

    #[test]
    fn the_outputs_of_the_stack_become_variables_and_the_region_with_them() {
        let output = |(name, _): &(&str, &str)| serde_json::json!({"OutputKey": name, "OutputValue": format!("https://sqs.eu-west-3.amazonaws.com/1/{name}")});
        let outputs: Vec<Value> = OUTPUTS.iter().map(output).collect();
        let whole = serde_json::json!({"Stacks": [{"StackName": "relais", "Outputs": outputs}]});
        let text = variables(&whole.to_string()).unwrap();
        assert!(text.contains(
            "RELAIS_STATE_BUCKET=https://sqs.eu-west-3.amazonaws.com/1/StateBucketName\n"
        ));
        assert!(text.ends_with("AWS_REGION=eu-west-3\n"));
        assert_eq!(
            variables(&serde_json::json!(outputs).to_string()).unwrap(),
            text
        );
    }

    #[test]
    fn what_is_missing_in_the_outputs_is_named() {
        let Err(Trouble::Misuse(said)) = variables(r#"{"Stacks":[{"Outputs":[]}]}"#) else {
            unreachable!("a misuse");
        };
        assert!(
            said.contains("StateBucketName") && said.contains("ErpQueueUrl"),
            "{said}"
        );
    }
}

//! What help says of the commands.

use clap::CommandFactory;

use crate::cli::Cli;

#[test]
fn every_command_and_every_flag_says_what_it_is_for() {
    let mut left = vec![("boathook".to_owned(), Cli::command())];
    let (mut silent, mut commands) = (Vec::new(), 0);
    while let Some((path, command)) = left.pop() {
        commands += 1;
        if command.get_about().is_none() {
            silent.push(path.clone());
        }
        let flags = command.get_arguments().filter(|flag| flag.get_help().is_none());
        silent.extend(flags.map(|flag| format!("{path} {}", flag.get_id())));
        let below = command.get_subcommands();
        left.extend(below.map(|it| (format!("{path} {}", it.get_name()), it.clone())));
    }
    assert!(commands > 60, "only {commands} commands were found");
    assert_eq!(silent, Vec::<String>::new());
}

# SPDX-License-Identifier: BSD-3-Clause
#
# fish completion of dumbwaiter and run_dumbwaiter; written by packaging/completions/generate.py.

# The names that the store knows, by the options of this command line.
function __dumbwaiter_names
    set -l words (commandline -opc)
    set -l place
    for i in (seq 2 (count $words))
        if contains -- $words[$i] --manifest --store
            set -a place $words[$i..(math $i + 1)]
        end
    end
    $words[1] list --json $place 2>/dev/null | string match -rg '^\{"name":"([^"]*)"'
end

for program in dumbwaiter run_dumbwaiter
    complete -c $program -f
    complete -c $program -s V -l version -d 'print the version and exit'
    complete -c $program -s h -l help -d 'print this help and exit'
    complete -c $program -l manifest -rF -d 'the manifest (else $DUMBWAITER_MANIFEST, ./dumbwaiter.toml, the user\'s, /etc)'
    complete -c $program -l store -xa '(__fish_complete_directories)' -d 'the store\'s folder (else $DUMBWAITER_STORE for readers, the manifest\'s)'
    complete -c $program -l no-color -d 'no colour, also by NO_COLOR'
    complete -c $program -n __fish_use_subcommand -xa run -d 'run the host in the foreground (run_dumbwaiter)'
    complete -c $program -n '__fish_seen_subcommand_from run' -l once -d 'run every enabled function once, then stop; exit 1 if one failed'
    complete -c $program -n '__fish_seen_subcommand_from run' -l for -x -d 'stop after so many seconds'
    complete -c $program -n '__fish_seen_subcommand_from run' -l workers -x -d 'invocations at once, instead of the manifest\'s'
    complete -c $program -n '__fish_seen_subcommand_from run' -l log-level -xa 'debug info warning error' -d 'debug, info, warning or error'
    complete -c $program -n '__fish_seen_subcommand_from run' -l log-format -xa 'text json' -d 'text or json'
    complete -c $program -n __fish_use_subcommand -xa check -d 'check the manifest, its libraries and symbols, without running anything'
    complete -c $program -n '__fish_seen_subcommand_from check' -l diff -d 'ask the running host what a reload would change'
    complete -c $program -n __fish_use_subcommand -xa get -d 'newest value of a function'
    complete -c $program -n '__fish_seen_subcommand_from get' -l json -d 'one JSON object: the value and all that is known of it'
    complete -c $program -n '__fish_seen_subcommand_from get' -l raw -d 'the payload\'s bytes as they are stored'
    complete -c $program -n '__fish_seen_subcommand_from get' -l meta -d 'what is known of the value, for people'
    complete -c $program -n '__fish_seen_subcommand_from get' -l wait -x -d 'wait so many seconds for a first (or newer) value'
    complete -c $program -n '__fish_seen_subcommand_from get' -l after -x -d 'with --wait: for a sequence above this one'
    complete -c $program -n '__fish_seen_subcommand_from get' -l max-age -x -d 'ask the host for a newer value if it is older than so many seconds'
    complete -c $program -n '__fish_seen_subcommand_from get' -l plugins -xa '(__fish_complete_directories)' -d 'load serializer plugins from this folder too'
    complete -c $program -n '__fish_seen_subcommand_from get' -xa '(__dumbwaiter_names)'
    complete -c $program -n __fish_use_subcommand -xa history -d 'values of a function, newest first'
    complete -c $program -n '__fish_seen_subcommand_from history' -l plugins -xa '(__fish_complete_directories)' -d 'load serializer plugins from this folder too'
    complete -c $program -n '__fish_seen_subcommand_from history' -s n -x -d 'at most so many'
    complete -c $program -n '__fish_seen_subcommand_from history' -l json -d 'JSON Lines'
    complete -c $program -n '__fish_seen_subcommand_from history' -xa '(__dumbwaiter_names)'
    complete -c $program -n __fish_use_subcommand -xa errors -d 'error reports of a function or of all, newest first'
    complete -c $program -n '__fish_seen_subcommand_from errors' -s n -x -d 'at most so many, of all functions together'
    complete -c $program -n '__fish_seen_subcommand_from errors' -l json -d 'JSON Lines'
    complete -c $program -n '__fish_seen_subcommand_from errors' -xa '(__dumbwaiter_names)'
    complete -c $program -n __fish_use_subcommand -xa plan -d 'what will run when, and whether the workers suffice'
    complete -c $program -n '__fish_seen_subcommand_from plan' -l for -x -d 'look so far ahead, such as 30m or 1h (the default)'
    complete -c $program -n '__fish_seen_subcommand_from plan' -l json -d 'one JSON object'
    complete -c $program -n '__fish_seen_subcommand_from plan' -s n -x -d 'show at most so many of the coming runs'
    complete -c $program -n __fish_use_subcommand -xa list -d 'every function: state, age, last error, next due time'
    complete -c $program -n '__fish_seen_subcommand_from list' -l json -d 'JSON Lines'
    complete -c $program -n __fish_use_subcommand -xa status -d 'the running host: counters, lateness, long readers'
    complete -c $program -n '__fish_seen_subcommand_from status' -l json -d 'one JSON object'
    complete -c $program -n __fish_use_subcommand -xa refresh -d 'run a function now, and show its new value'
    complete -c $program -n '__fish_seen_subcommand_from refresh' -l json -d 'one JSON object: the value and all that is known of it'
    complete -c $program -n '__fish_seen_subcommand_from refresh' -l raw -d 'the payload\'s bytes as they are stored'
    complete -c $program -n '__fish_seen_subcommand_from refresh' -l meta -d 'what is known of the value, for people'
    complete -c $program -n '__fish_seen_subcommand_from refresh' -xa '(__dumbwaiter_names)'
    complete -c $program -n __fish_use_subcommand -xa pause -d 'let a function\'s due times pass, over restarts, until resume'
    complete -c $program -n '__fish_seen_subcommand_from pause' -xa '(__dumbwaiter_names)'
    complete -c $program -n __fish_use_subcommand -xa resume -d 'end a pause, a quarantine or a function\'s own DW_DISABLE'
    complete -c $program -n __fish_use_subcommand -xa release -d 'end a pause, a quarantine or a function\'s own DW_DISABLE'
    complete -c $program -n '__fish_seen_subcommand_from resume release' -xa '(__dumbwaiter_names)'
    complete -c $program -n __fish_use_subcommand -xa forget -d 'remove all records of a name that left the manifest'
    complete -c $program -n '__fish_seen_subcommand_from forget' -xa '(__dumbwaiter_names)'
    complete -c $program -n __fish_use_subcommand -xa reload -d 'have the running host take over the manifest as it is now'
    complete -c $program -n '__fish_seen_subcommand_from reload' -l json -d 'one JSON object'
    complete -c $program -n __fish_use_subcommand -xa inspect -d 'functions and serializers of a library, and any fault of its ABI'
    complete -c $program -n '__fish_seen_subcommand_from inspect' -F
    complete -c $program -n __fish_use_subcommand -xa new-plugin -d 'write the project of a new plugin, ready to be built'
    complete -c $program -n '__fish_seen_subcommand_from new-plugin' -l lang -xa 'c cpp rust' -d 'c, cpp or rust'
    complete -c $program -n __fish_use_subcommand -xa verify -d 'check every record of the store; exit 5 if one is damaged'
    complete -c $program -n __fish_use_subcommand -xa backup -d 'copy the store, as it is now, to a new folder'
    complete -c $program -n '__fish_seen_subcommand_from backup' -xa '(__fish_complete_directories)'
end
complete -c run_dumbwaiter -n __fish_use_subcommand -l once -d 'run every enabled function once, then stop; exit 1 if one failed'
complete -c run_dumbwaiter -n __fish_use_subcommand -l for -x -d 'stop after so many seconds'
complete -c run_dumbwaiter -n __fish_use_subcommand -l workers -x -d 'invocations at once, instead of the manifest\'s'
complete -c run_dumbwaiter -n __fish_use_subcommand -l log-level -xa 'debug info warning error' -d 'debug, info, warning or error'
complete -c run_dumbwaiter -n __fish_use_subcommand -l log-format -xa 'text json' -d 'text or json'

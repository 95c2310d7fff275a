# SPDX-License-Identifier: BSD-3-Clause
#
# bash completion of dumbwaiter and run_dumbwaiter; written by packaging/completions/generate.py.

# The names that the store knows, by the options of this command line.
_dumbwaiter_names()
{
    "$1" list --json "${@:2}" 2>/dev/null | sed -n 's/^{"name":"\([^"]*\)".*/\1/p'
}

_dumbwaiter()
{
    # Not COMP_WORDS, in which a colon ends a word.
    local words
    read -ra words <<<"${COMP_LINE:0:COMP_POINT}."
    local cur=${words[-1]%.} prev=${words[-2]}
    case "$prev" in
        --log-level) COMPREPLY=($(compgen -W "debug info warning error" -- "$cur")); return ;;
        --log-format) COMPREPLY=($(compgen -W "text json" -- "$cur")); return ;;
        --lang) COMPREPLY=($(compgen -W "c cpp rust" -- "$cur")); return ;;
        --plugins | --store) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$cur")); return ;;
        --manifest) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$cur")); return ;;
        --after | --for | --max-age | --wait | --workers | -n) return ;;
    esac

    local options="" argument=nothing command="" place=() i
    [[ ${1##*/} == run_dumbwaiter ]] && options="--once --for --workers --log-level --log-format"
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        case "${words[i]}" in
            --manifest | --store) place+=("${words[i]}" "${words[++i]}") ;;
            --manifest=* | --store=*) place+=("${words[i]}") ;;
            --after | --for | --lang | --log-format | --log-level | --max-age | --plugins | --wait | --workers | -n) ((++i)) ;;
            -*) ;;
            *) [[ -n $command ]] && argument=given || command=${words[i]} ;;
        esac
    done
    local wanted=nothing
    case "$command" in
        run) options="--once --for --workers --log-level --log-format" wanted=nothing ;;
        check) options="--diff" wanted=nothing ;;
        get) options="--json --raw --meta --wait --after --max-age --plugins" wanted=names ;;
        history) options="--plugins -n --json" wanted=names ;;
        errors) options="-n --json" wanted=names ;;
        plan) options="--for --json -n" wanted=nothing ;;
        list) options="--json" wanted=nothing ;;
        status) options="--json" wanted=nothing ;;
        refresh) options="--json --raw --meta" wanted=names ;;
        pause) options="" wanted=names ;;
        resume | release) options="" wanted=names ;;
        forget) options="" wanted=names ;;
        reload) options="--json" wanted=nothing ;;
        inspect) options="" wanted=files ;;
        new-plugin) options="--lang" wanted=nothing ;;
        verify) options="" wanted=nothing ;;
        backup) options="" wanted=folders ;;
    esac
    [[ $argument == given ]] && wanted=nothing

    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options -V --version -h --help --manifest --store --no-color" -- "$cur"))
    elif [[ -z $command ]]; then
        COMPREPLY=($(compgen -W "run check get history errors plan list status refresh pause resume release forget reload inspect new-plugin verify backup" -- "$cur"))
    elif [[ $wanted == names ]]; then
        COMPREPLY=($(compgen -W "$(_dumbwaiter_names "$1" "${place[@]}")" -- "$cur"))
        # Bash completes only what is behind the last colon.
        [[ $cur == *:* ]] && COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
    elif [[ $wanted != nothing ]]; then
        compopt -o filenames 2>/dev/null
        if [[ $wanted == folders ]]; then COMPREPLY=($(compgen -d -- "$cur")); else COMPREPLY=($(compgen -f -- "$cur")); fi
    fi
}

complete -F _dumbwaiter dumbwaiter run_dumbwaiter

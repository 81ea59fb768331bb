# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # variables of the other parts
# How a campaign was asked for. Needs common.sh, state.sh.

# What is kept in settings.tsv, and so holds for the campaign until its end.
readonly SETTINGS=(name subjects seconds jobs engines disk memory on_crash share statsd canary
    canary_seconds turn_seconds update before nights started)

name=              # of this campaign among those that share a folder
subjects=          # TARGET/VARIANT, separated by blanks
seconds=28800      # of fuzzing
jobs=0             # processes that fuzz at the same time; 0: one a processor
engines=libfuzzer,afl
disk=10G           # that the campaign may take
memory=0           # that all engines together may take; 0: most of what is free
on_crash=          # a command for each new bucket
share=             # a folder that other campaigns use as well
statsd=no
canary=order/racy  # what has to be found first; none: nothing
canary_seconds=60
turn_seconds=0     # 0: so that each target gets several
update=no          # put the corpora back to where they came from
before=            # the campaign whose corpora this one begins with
nights=            # the folder that holds this campaign's folder and the next ones'
started=0          # seconds since the epoch

save_settings() {
    local key

    for key in "${SETTINGS[@]}"; do
        printf '%s\t%s\n' "$key" "${!key}"
    done | replace "$dir/settings.tsv" || fail "cannot write $dir/settings.tsv"
}

load_settings() {
    local key value

    while IFS=$'\t' read -r key value; do
        if [[ " ${SETTINGS[*]} " == *" $key "* ]]; then
            printf -v "$key" '%s' "$value"
        fi
    done <"$dir/settings.tsv"
}

# bytes_of SIZE OPTION: 64M → 67108864
bytes_of() {
    [[ $1 =~ ^[1-9][0-9]{0,11}[KMGT]?$ ]] || fail "$2: not a size: $1 (such as 512M, 20G)"
    numfmt --from=iec "$1"
}

# 3700000 → 3.6M
human() {
    numfmt --to=iec "$1"
}

# 3725 → 1:02:05
clock() {
    printf '%d:%02d:%02d' $(($1 / 3600)) $(($1 / 60 % 60)) $(($1 % 60))
}

available_memory() {
    awk '/^MemAvailable:/ { printf "%d", $2 * 1024 }' /proc/meminfo
}

# What is left to the machine's discretion is decided once, so that a campaign that goes on elsewhere
# in time goes on alike.
settle() {
    if ((jobs == 0)); then
        jobs=$(nproc)
    fi
    disk=$(bytes_of "$disk" --disk)
    if [[ $memory == 0 ]]; then
        memory=$(($(available_memory) / 5 * 4))
    else
        memory=$(bytes_of "$memory" --memory)
    fi
    if [[ -z $name ]]; then
        name=$(hostname 2>/dev/null || echo machine)-$(printf '%s' "$dir" | sha1sum | cut -c 1-8)
        name=${name//[^A-Za-z0-9.-]/-}
    fi
    started=$EPOCHSECONDS
}

has_engine() {
    [[ ,$engines, == *,$1,* ]]
}

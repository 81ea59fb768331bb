# shellcheck shell=bash disable=SC2154 # variables are shared with check
# The same builds in OSS-Fuzz's own images, where Docker runs. Needs results.sh.

check_docker() {
    local pair image=offbeat-oss-fuzz-check out work

    if ! docker info >/dev/null 2>&1; then
        result docker "builds in OSS-Fuzz's images" skip "no Docker daemon answers here"
        return
    fi
    if ! step "docker: image" "$base/logs/docker-image.log" docker build -t "$image" "$folder"; then
        result docker "image" fail "$base/logs/docker-image.log"
        return
    fi
    for pair in $configurations; do
        out=$base/docker/$pair/out
        work=$base/docker/$pair/work
        mkdir -p "$out" "$work"
        docker_settings=(-e "FUZZING_ENGINE=${pair%-*}" -e "SANITIZER=${pair#*-}" -e ARCHITECTURE=x86_64
            -e FUZZING_LANGUAGE=c -v "$out:/out")
        if ! step "docker: $pair" "$base/logs/docker-$pair.log" docker run --rm --privileged --shm-size=2g \
            "${docker_settings[@]}" -v "$work:/work" -v "$base/src/$name:/src/$name" "$image" compile; then
            result docker "builds" fail "$pair: $base/logs/docker-$pair.log"
            continue
        fi
        result docker "builds" pass
        [[ $pair != *-coverage ]] || continue
        if step "docker: $pair, bad_build_check" "$base/logs/docker-$pair-check.log" docker run --rm --privileged \
            --shm-size=2g "${docker_settings[@]}" gcr.io/oss-fuzz-base/base-runner test_all.py; then
            result docker "bad_build_check" pass
        else
            result docker "bad_build_check" fail "$pair: $base/logs/docker-$pair-check.log"
        fi
    done
}

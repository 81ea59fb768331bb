# Writes what the build knows of a target's invariants. Run by `cmake -P`, with
#
#   FILES        a file that lists object files or archives, one a line
#   OUT          where the names go that are found in them, one a line
# or, to make C of these names, with
#   IDS          such files of names
#   OWN          that of them which has the names in the target's own code
#   NAME         the target
#   VARIANTS     its variants
#   TABLE        the C file with all of them, for the command `offbeat`
#   FRAMES       a C file for each variant, in their order: see engine/violation_frames.h
#
# OB_INVARIANT() leaves a note in the object file, so what is found is what was compiled, whatever
# macros it came from. Objects for link-time optimisation show nothing; `offbeat lint` then says so.
cmake_minimum_required(VERSION 3.22)

set(note "offbeat-invariant:")

# letters(OUT COUNT TEXT): so many capital letters that depend on TEXT and on nothing else. Capitals,
# as no name that is dropped from stacks consists of them.
function(letters out count text)
    string(SHA256 hash "${text}")
    string(SUBSTRING "${hash}" 0 ${count} hash)
    set(digits 0 1 2 3 4 5 6 7 8 9 a b c d e f)
    set(capitals Q W R T Y P S D F G H J K L Z X)
    foreach(digit capital IN ZIP_LISTS digits capitals)
        string(REPLACE ${digit} ${capital} hash "${hash}")
    endforeach()
    set(${out} ${hash} PARENT_SCOPE)
endfunction()

if(FILES)
    set(ids "")
    file(STRINGS "${FILES}" files)
    foreach(file IN LISTS files)
        file(STRINGS "${file}" lines REGEX "${note}[A-Za-z_]")
        foreach(line IN LISTS lines)
            string(REGEX MATCHALL "${note}[A-Za-z_][A-Za-z0-9_]*" found "${line}")
            list(APPEND ids ${found})
        endforeach()
    endforeach()
    list(TRANSFORM ids REPLACE "^${note}" "")
    list(REMOVE_DUPLICATES ids)
    list(SORT ids)
    list(JOIN ids "\n" text)
    file(WRITE "${OUT}" "${text}\n")
    return()
endif()

set(ids "")
file(STRINGS "${OWN}" own)
foreach(file IN LISTS IDS)
    file(STRINGS "${file}" some)
    list(APPEND ids ${some})
endforeach()
list(REMOVE_DUPLICATES ids)
list(SORT ids)

set(table "")
foreach(variant frames_file IN ZIP_LISTS VARIANTS FRAMES)
    set(functions "")
    set(entries "")
    foreach(id IN LISTS ids)
        letters(both 48 "${NAME}/${variant}/${id}")
        string(SUBSTRING ${both} 0 24 upper)
        string(SUBSTRING ${both} 24 24 lower)
        set(upper ${id}_${upper})
        set(is_of_target false)
        if(id IN_LIST own)
            set(is_of_target true)
        endif()
        string(APPEND functions "OB_VIOLATION_FRAME(${upper}, ${lower})\n")
        string(APPEND entries "    {\"${id}\", ${lower}, ${is_of_target}},\n")
        string(APPEND table "    {\"${variant}\", \"${id}\", {\"${upper}\", \"${lower}\"}, ${is_of_target}},\n")
    endforeach()
    file(WRITE "${frames_file}"
"/* Generated: the last frames of violations in ${NAME}/${variant}. */
#include \"engine/violation_frames.h\"

${functions}
const struct ob_violation_frame ob_violation_frames[] = {
${entries}    {NULL, NULL, false},
};
")
endforeach()
file(WRITE "${TABLE}"
"/* Generated: the invariants of ${NAME}, and the frames that tell their violations apart. */
#include \"cli/registry.h\"

const struct ob_invariant_names ob_invariants_${NAME}[] = {
${table}    {NULL, NULL, {NULL, NULL}, false},
};
")

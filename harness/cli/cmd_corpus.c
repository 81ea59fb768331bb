/* offbeat corpus: many inputs in one file. */
#include "cli/corpus.h"

static const struct cli_command *const subcommands[] = {
    &cli_corpus_pack,   &cli_corpus_unpack,   &cli_corpus_add,  &cli_corpus_merge,
    &cli_corpus_list,   &cli_corpus_stat,     &cli_corpus_diff, &cli_corpus_verify,
    &cli_corpus_export, &cli_corpus_minimize, &cli_corpus_seen, NULL,
};

const struct cli_command cli_corpus = {
    .name = "corpus",
    .usage = "pack|unpack|add|merge|list|stat|diff|verify|export|minimize|seen ...",
    .summary = "Keeps many inputs in one compressed file.",
    .help =
        "offbeat corpus pack ARCHIVE INPUT...      makes an archive of inputs\n"
        "offbeat corpus unpack ARCHIVE DIR         writes them into a directory: 000000, "
        "000001, ...\n"
        "offbeat corpus add ARCHIVE INPUT...       adds inputs to an archive, or makes it\n"
        "offbeat corpus merge -o OUT INPUT...      makes one archive of several\n"
        "offbeat corpus list ARCHIVE               prints the size and name of each input\n"
        "offbeat corpus stat ARCHIVE               prints how many there are and how large\n"
        "offbeat corpus diff A B                   says which inputs only one of two has\n"
        "offbeat corpus verify ARCHIVE...          checks archives, and says what is damaged\n"
        "offbeat corpus export --zip ARCHIVE OUT   writes a zip, as fuzzing services take it\n"
        "offbeat corpus minimize TARGET/VARIANT ARCHIVE -o OUT\n"
        "                                          keeps the fewest inputs that show as much\n"
        "offbeat corpus seen TARGET/VARIANT INPUT...\n"
        "                                          says what they show, and what they never do\n"
        "\n"
        "offbeat corpus COMMAND --help says more.\n"
        "\n"
        "An archive is a tar under zstd, which other tools read as well: tar --zstd -tf. The "
        "same set of\n"
        "inputs always gives the same bytes. Of a damaged archive, what is intact is read all "
        "the same, and\n"
        "one line says what is lost. Names in an archive are never used as paths.\n"
        "\n"
        "Exit code: 0 done; 1 the two that corpus diff compares differ; 2 bad usage, or an "
        "archive that is\n"
        "damaged, cannot be read or cannot be written; 3 corpus minimize met inputs that did "
        "not run twice in\n"
        "the same way.\n",
    .subcommands = subcommands,
};

#include "ledger.h"

#include <stdlib.h>
#include <unistd.h>

struct entry {
    int balance;
    struct entry *before;
};

static struct entry *last;
static int entries;
static int opened;

__attribute__((constructor)) static void open_ledger(void)
{
    opened = 100;
}

int ledger_balance(void)
{
    return last ? last->balance : opened;
}

void ledger_book(int balance)
{
    struct entry *entry = malloc(sizeof *entry);
    *entry = (struct entry){balance, last};
    last = entry;
    entries++;
}

int ledger_entries(void)
{
    int count = 0;
    for (const struct entry *entry = last; entry; entry = entry->before)
        count++;
    return count == entries ? count : -1;
}

void ledger_wait(void)
{
    usleep(10);
}

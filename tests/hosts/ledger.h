/* A library as there are many: with variables, memory of its own and nobody who frees it. */
#ifndef LEDGER_H
#define LEDGER_H

int ledger_balance(void);
void ledger_book(int balance);
int ledger_entries(void);
void ledger_wait(void);

#endif

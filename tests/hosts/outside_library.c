/* A shared library that counts what it is asked. */
int outside_asked;
int outside_limit = 5;

int outside_ask(void);

int outside_ask(void)
{
    return ++outside_asked < outside_limit;
}

%% A rule of Mnesia each: what is printed is compared with what the store does that stands for it.
%% patterns_mnesia.c has the same programs, of actors.
-module(rules_mnesia).
-export([main/0]).
-import(words, [say/1]).

main() ->
    ok = mnesia:start(),
    {atomic, ok} = mnesia:create_table(row, []),
    words:run([{Name, fun() -> clear(), Rule() end} || {Name, Rule} <- rules()]).

clear() -> [mnesia:dirty_write({row, Row, 0}) || Row <- [1, 2]].

%% Two clients; the second begins when the first says so, and may give word back.
clients(First, Second) ->
    Two = spawn_monitor(fun() -> receive {go, One} -> put(other, One) end, Second() end),
    One = spawn_monitor(fun() -> put(other, element(1, Two)), First() end),
    [receive {'DOWN', Ref, _, Pid, _} -> ok end || {Pid, Ref} <- [One, Two]].

go() -> get(other) ! {go, self()}.
back() -> get(other) ! back.
await() -> receive back -> ok end.

read(Row) -> [{row, _, Value}] = mnesia:read(row, Row), Value.
lock(Row) -> [{row, _, Value}] = mnesia:read(row, Row, write), Value.
write(Row, Value) -> mnesia:write({row, Row, Value}).
dirty(Row) -> [{row, _, Value}] = mnesia:dirty_read(row, Row), Value.

%% Says when it begins anew, once.
transaction(Body) ->
    put(begun, 0),
    mnesia:transaction(fun() ->
        put(begun, get(begun) + 1),
        get(begun) == 2 andalso say("again"),
        Body() end).

%% Long enough for the other client to ask for what this one has.
wait() -> timer:sleep(300).

rules() ->
    [{"own_write", fun() ->
        transaction(fun() -> write(1, 5), say(read(1)), say(dirty(1)) end), say(dirty(1)) end},
     {"abort", fun() ->
        {aborted, _} = transaction(fun() -> write(1, 5), mnesia:abort(no) end), say(dirty(1)) end},
     {"dies", fun() ->
        clients(fun() -> transaction(fun() ->
                    write(1, 5), say("writes"), go(), exit(self(), kill) end) end,
                fun() -> say(dirty(1)), mnesia:transaction(fun() -> write(1, 7) end),
                         say(dirty(1)) end)
        end},
     {"readers_share", fun() ->
        clients(fun() -> transaction(fun() -> read(1), say("r1"), go(), await() end), say("d1") end,
                fun() -> transaction(fun() -> read(1), say("r2") end), say("d2"), back() end) end},
     {"older_waits", fun() ->
        clients(fun() -> transaction(fun() -> go(), await(), lock(1), say("first") end) end,
                fun() -> transaction(fun() -> lock(1), say("second"), back(), wait() end) end) end},
     {"younger_begins_anew", fun() ->
        clients(fun() -> transaction(fun() -> lock(1), say("first"), go(), wait() end) end,
                fun() -> transaction(fun() -> lock(1), say("second") end) end) end},
     {"reader_is_younger", fun() ->
        clients(fun() -> transaction(fun() -> write(1, 5), go(), wait() end) end,
                fun() -> transaction(fun() -> say(read(1)) end) end) end},
     {"retries_end", fun() ->
        clients(fun() -> transaction(fun() -> lock(1), say("first"), go(), wait() end) end,
                fun() -> {aborted, _} = mnesia:transaction(fun() -> lock(1) end, 0),
                         say("aborted") end) end},
     {"upgrade", fun() ->
        clients(fun() -> transaction(fun() -> V = read(1), go(), wait(), write(1, V + 1) end) end,
                fun() -> transaction(fun() -> V = read(1), wait(), write(1, V + 1) end) end),
        say(dirty(1)) end},
     {"opposite", fun() ->
        clients(fun() -> transaction(fun() ->
                    lock(1), say("1"), go(), wait(), lock(2), say("12") end) end,
                fun() -> transaction(fun() -> lock(2), wait(), lock(1), say("21") end) end) end},
     {"dirty_read", fun() ->
        clients(fun() -> transaction(fun() -> write(1, 5), go(), await() end) end,
                fun() -> say(dirty(1)), back() end), say(dirty(1)) end},
     {"dirty_write", fun() ->
        clients(fun() -> transaction(fun() -> V = read(1), go(), await(), write(1, V + 1) end) end,
                fun() -> mnesia:dirty_write({row, 1, 10}), say(dirty(1)), back() end),
        say(dirty(1)) end},
     {"dirty_increments", fun() ->
        Write = fun(V) -> mnesia:dirty_write({row, 1, V + 1}) end,
        clients(fun() -> V = dirty(1), go(), await(), Write(V) end,
                fun() -> Write(dirty(1)), back() end), say(dirty(1)) end}].

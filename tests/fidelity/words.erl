%% Runs rules, and prints for each what its processes have said, in that order.
-module(words).
-export([run/1, say/1]).

%% Rules are functions by name, each run by a process of its own. A runtime's own reports are left
%% out.
run(Rules) ->
    error_logger:tty(false),
    process_flag(trap_exit, true),
    [run(Name, Rule) || {Name, Rule} <- Rules],
    halt().

say(Word) when is_integer(Word) -> say(integer_to_list(Word));
say(Word) -> log ! {say, Word}.

run(Name, Rule) ->
    Collector = spawn(fun() -> collect([]) end),
    register(log, Collector),
    {Pid, Ref} = spawn_monitor(Rule),
    receive {'DOWN', Ref, process, Pid, _} -> ok end,
    Collector ! {stop, self()},
    receive {words, Words} -> ok end,
    io:format("~s: ~s~n", [Name, lists:join(" ", Words)]).

collect(Words) ->
    receive
        {stop, To} -> unregister(log), To ! {words, lists:reverse(Words)};
        {say, Word} -> collect([Word | Words])
    end.

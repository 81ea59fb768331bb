%% A rule of Erlang/OTP each: what is printed is compared with what the patterns do. patterns.c has
%% the same programs, of actors.
-module(rules).
-export([main/0, init/1, callback_mode/0, handle_call/3, handle_cast/2, handle_info/2,
         handle_continue/2, a/3, b/3, start_child/2]).
-import(words, [say/1]).

main() -> words:run(rules()).

worker() ->
    receive
        job -> say("job"), timer:sleep(50);
        note -> say("note");
        {'EXIT', _, _} -> say("exit");
        {call, From, Ref} -> timer:sleep(50), From ! {Ref, answer};
        {'$gen_call', From, _} -> timer:sleep(50), gen_server:reply(From, answer);
        {leave, Reason} -> exit(Reason)
    end,
    worker().

new() -> spawn(fun worker/0).
trapping() -> spawn(fun() -> process_flag(trap_exit, true), worker() end).

kill(S) -> unlink(S), exit(S, kill), timer:sleep(20).

reason(W) ->
    Ref = monitor(process, W),
    receive {'DOWN', Ref, _, _, Why} -> say(atom_to_list(Why)) after 200 -> say("nothing") end.

call(W, Timeout) ->
    Start = erlang:monotonic_time(millisecond),
    try gen_server:call(W, x, Timeout) of
        answer -> say("answer")
    catch exit:_ ->
        say(case erlang:monotonic_time(millisecond) - Start < 35 of true -> "soon"; _ -> "late" end)
    end.

rules() ->
    [{"exit_signal", fun() ->
        W = new(), [W ! job || _ <- [1, 2, 3, 4]],
        timer:sleep(20), exit(W, crash), timer:sleep(300) end},
     {"trapped_exit", fun() ->
        W = trapping(), [W ! job || _ <- [1, 2]],
        timer:sleep(20), exit(W, crash), timer:sleep(300) end},
     {"normal_exit", fun() ->
        W = new(), [W ! job || _ <- [1, 2]],
        timer:sleep(20), exit(W, normal), timer:sleep(300) end},
     {"kill", fun() ->
        W = trapping(), Ref = monitor(process, W), W ! job, timer:sleep(20), exit(W, kill),
        receive {'DOWN', Ref, _, _, Why} -> say(atom_to_list(Why)) end end},
     {"noproc", fun() -> W = new(), W ! {leave, normal}, timer:sleep(20), call(W, 5000) end},
     {"call_of_one_that_dies", fun() ->
        W = new(), spawn(fun() -> timer:sleep(20), exit(W, crash) end), call(W, 5000) end},
     {"late_reply", fun() ->
        W = new(), call(W, 10), timer:sleep(150),
        {messages, Left} = process_info(self(), messages),
        say(length(Left)) end},
     {"stale_pid", fun() ->
        W = new(), W ! {leave, normal}, W ! note, timer:sleep(20), _ = new(), timer:sleep(50),
        say("nothing") end},
     {"monitor_of_nobody", fun() -> W = new(), W ! {leave, normal}, timer:sleep(20), reason(W) end},
     {"demonitor_flush", fun() ->
        W = new(), Ref = monitor(process, W), W ! {leave, crash}, timer:sleep(20),
        demonitor(Ref, [flush]),
        receive {'DOWN', _, _, _, _} -> say("down") after 50 -> say("nothing") end end},
     {"link_to_nobody", fun() ->
        process_flag(trap_exit, true), W = new(), W ! {leave, normal}, timer:sleep(20),
        catch link(W),
        receive {'EXIT', _, Why} -> say(atom_to_list(Why))
        after 100 -> say("nothing") end end},
     {"unlink", fun() ->
        process_flag(trap_exit, true), W = new(), link(W), timer:sleep(10),
        W ! {leave, crash}, unlink(W),
        receive {'EXIT', _, _} -> say("exit") after 100 -> say("nothing") end end},
     {"selective_receive", fun() ->
        [self() ! M || M <- ["a", "b", "c"]],
        receive "b" -> say("b") end, receive X -> say(X) end, receive Y -> say(Y) end end},
     {"down_after_messages", fun() ->
        Me = self(),
        W = spawn(fun() -> receive go -> Me ! note, Me ! note, exit(crash) end end),
        monitor(process, W), W ! go,
        [receive note -> say("note"); {'DOWN', _, _, _, _} -> say("down") end
         || _ <- [1, 2, 3]] end},
     {"timeout_flushed", fun() ->
        {ok, S} = gen_server:start(?MODULE, server, []),
        gen_server:cast(S, tick), timer:sleep(10), S ! info, timer:sleep(60),
        gen_server:cast(S, tick), timer:sleep(60) end},
     {"continue", fun() ->
        {ok, S} = gen_server:start(?MODULE, server, []),
        gen_server:cast(S, chain), S ! info, timer:sleep(30) end},
     {"state_timeout_flushed", fun() ->
        {ok, P} = gen_statem:start(?MODULE, machine, []), timer:sleep(10),
        gen_statem:cast(P, look), gen_statem:cast(P, heartbeat), timer:sleep(400) end},
     {"postpone", fun() ->
        {ok, P} = gen_statem:start(?MODULE, machine, []),
        [gen_statem:cast(P, M) || M <- [later1, later2, heartbeat, next]], timer:sleep(50) end},
     {"start_is_awaited", fun() ->
        {ok, _} = supervisor:start_link(?MODULE, {one_for_all, 3, [{first, 30}, {second, 0}]}),
        second ! {leave, crash}, timer:sleep(150), say("end"), exit(shutdown) end},
     {"inner_supervisor", fun() ->
        {ok, _} = supervisor:start_link(?MODULE, outer),
        sibling ! {leave, crash}, timer:sleep(100), say("end"), exit(shutdown) end},
     {"intensity", fun() ->
        process_flag(trap_exit, true),
        {ok, S} = supervisor:start_link(?MODULE, {one_for_one, 1, [{first, 0}]}),
        first ! {leave, crash}, timer:sleep(50), first ! {leave, crash},
        receive {'EXIT', S, Why} -> say(atom_to_list(Why)) after 200 -> say("nothing") end end},
     {"ets", fun() ->
        T = ets:new(t, [public]),
        say(atom_to_list(ets:insert_new(T, {k, 1}))), say(atom_to_list(ets:insert_new(T, {k, 5}))),
        say(ets:update_counter(T, k, 2)),
        Me = self(),
        spawn(fun() -> Me ! {table, ets:new(u, [public])} end),
        receive {table, U} ->
            timer:sleep(20),
            say(try ets:lookup(U, k) of _ -> "there" catch error:badarg -> "badarg" end)
        end end},
     {"event_timeout", fun() ->
        {ok, P} = gen_statem:start(?MODULE, machine, []), timer:sleep(10),
        gen_statem:cast(P, idle), timer:sleep(20), gen_statem:cast(P, look2), timer:sleep(20),
        gen_statem:cast(P, idle), timer:sleep(60) end},
     {"enter_calls", fun() ->
        {ok, P} = gen_statem:start(?MODULE, entering, []),
        [gen_statem:cast(P, M) || M <- [later1, heartbeat, next]], timer:sleep(50) end},
     {"ets_take", fun() ->
        T = ets:new(t, [public]), ets:insert(T, {k, 1}),
        say(length(ets:take(T, k))), say(length(ets:take(T, k))),
        say(ets:info(T, size)) end},
     {"ets_select_delete", fun() ->
        T = ets:new(t, [public]), [ets:insert(T, {K, K rem 2}) || K <- [1, 2, 3]],
        say(ets:select_delete(T, [{{'_', 1}, [], [true]}])),
        say(ets:info(T, size)) end},
     {"ets_heir", fun() ->
        Me = self(),
        spawn(fun() ->
            T = ets:new(t, [public, {heir, Me, data}]), ets:insert(T, {k, 7}), exit(crash) end),
        receive {'ETS-TRANSFER', T, _, data} ->
            say("transfer"), say(ets:lookup_element(T, k, 2)),
            say(case ets:info(T, owner) of Me -> "mine"; _ -> "other" end)
        end end},
     {"ets_give_away", fun() ->
        Me = self(), T = ets:new(t, [public]), ets:insert(T, {k, 7}),
        W = spawn(fun() ->
            receive {'ETS-TRANSFER', T, Me, gift} -> say("transfer") end,
            receive leave -> ok end end),
        ets:give_away(T, W, gift), timer:sleep(20),
        say(case ets:info(T, owner) of W -> "other"; _ -> "mine" end),
        say(try ets:give_away(T, W, gift) of _ -> "given" catch error:badarg -> "badarg" end),
        W ! leave, timer:sleep(20),
        say(case ets:info(T, owner) of undefined -> "gone"; _ -> "there" end) end},
     {"rest_for_one", fun() ->
        {ok, _} = supervisor:start_link(?MODULE,
            {rest_for_one, 3, [{first, 0}, {second, 0}, {third, 0}]}),
        second ! {leave, crash}, timer:sleep(100), say("end"), exit(shutdown) end},
     {"shutdown_order", fun() ->
        {ok, S} = supervisor:start_link(?MODULE,
            {one_for_all, 3, [{first, trap}, {second, 0}, {third, trap}]}),
        second ! {leave, crash}, timer:sleep(100), say("end"), kill(S) end},
     {"shutdown_kill", fun() ->
        {ok, S} = supervisor:start_link(?MODULE,
            {one_for_all, 3, [{first, stay}, {second, 0}]}),
        Ref = monitor(process, first), second ! {leave, crash}, timer:sleep(150),
        receive {'DOWN', Ref, _, _, Why} -> say(atom_to_list(Why)) end, say("end"), kill(S) end},
     {"inner_restart", fun() ->
        {ok, S} = supervisor:start_link(?MODULE, outer_alone),
        [Inner] = [P || {inner, P, _, _} <- supervisor:which_children(S)],
        exit(Inner, kill), timer:sleep(100), say("end"), exit(shutdown) end},
     {"transient", fun() ->
        {ok, _} = supervisor:start_link(?MODULE, transient),
        first ! {leave, crash}, timer:sleep(50), first ! {leave, normal}, timer:sleep(50),
        say("end"), exit(shutdown) end},
     {"reply_later", fun() ->
        {ok, S} = gen_server:start(?MODULE, server, []), Me = self(),
        [spawn(fun() -> timer:sleep(5 * N), gen_server:call(S, N), say(N),
                        Me ! done end) || N <- [1, 2]],
        timer:sleep(30), gen_server:cast(S, answer),
        receive done -> receive done -> ok end end end},
     {"spawn", fun() ->
        Me = self(),
        {W, Ref} = spawn_monitor(fun() -> receive job -> say("job"), Me ! note, exit(crash) end end),
        say("spawned"), W ! job, receive note -> say("note") end,
        receive {'DOWN', Ref, _, _, Why} -> say(atom_to_list(Why)) end end},
     {"spawn_link", fun() ->
        spawn(fun() ->
            spawn_link(fun() -> receive job -> say("job"), exit(crash) end end) ! job,
            timer:sleep(50), say("survives") end),
        timer:sleep(100), say("end") end},
     {"unlink_after_exit", fun() ->
        process_flag(trap_exit, true), W = new(), link(W), W ! {leave, crash}, timer:sleep(20),
        unlink(W), receive {'EXIT', W, _} -> say("exit") after 50 -> say("nothing") end end}].

%% -- the behaviours --

init(server) -> {ok, none};
init(entering) -> {ok, a, entering};
init(machine) -> {ok, a, none, [{state_timeout, 100, expire}]};
init(outer) ->
    {ok, {#{strategy => one_for_all, intensity => 3, period => 5},
          [#{id => inner, type => supervisor,
             start => {supervisor, start_link, [?MODULE, {one_for_one, 3, [{leaf, 0}]}]}},
           #{id => sibling, start => {?MODULE, start_child, [sibling, 0]}}]}};
init(outer_alone) ->
    {ok, {_, Children}} = init(outer),
    {ok, {#{strategy => one_for_one, intensity => 3, period => 5}, Children}};
init(transient) ->
    {ok, {Flags, [Child]}} = init({one_for_one, 3, [{first, 0}]}),
    {ok, {Flags, [Child#{restart => transient}]}};
init({Strategy, Most, Children}) ->
    {ok, {#{strategy => Strategy, intensity => Most, period => 5},
          [#{id => Name, start => {?MODULE, start_child, [Name, Init]}, shutdown => 30}
           || {Name, Init} <- Children]}}.

%% Traps exits, and says so when it is told to end, or stays.
start_child(Name, Init) when is_atom(Init) ->
    proc_lib:start_link(erlang, apply, [fun() ->
        process_flag(trap_exit, true), register(Name, self()), say(atom_to_list(Name)),
        proc_lib:init_ack({ok, self()}), told(Name, Init) end, []]);
start_child(Name, Init) ->
    proc_lib:start_link(erlang, apply, [fun() ->
        timer:sleep(Init), register(Name, self()), say(atom_to_list(Name)),
        proc_lib:init_ack({ok, self()}), worker() end, []]).

told(Name, Init) ->
    receive {'EXIT', _, killed} -> exit(killed); {'EXIT', _, _} ->
        case Init of
            trap -> say("-" ++ atom_to_list(Name)), exit(shutdown);
            stay -> say("asked"), told(Name, Init)
        end
    end.

handle_call(_, From, none) -> {noreply, [From]};
handle_call(_, From, Waiting) -> {noreply, [From | Waiting]}.
handle_cast(answer, Waiting) ->
    [begin gen_server:reply(From, ok), timer:sleep(10) end || From <- Waiting], {noreply, none};
handle_cast(tick, State) -> say("tick"), {noreply, State, 30};
handle_cast(chain, State) -> say("chain"), timer:sleep(10), {noreply, State, {continue, go}}.
handle_continue(go, State) -> say("continue"), {noreply, State}.
handle_info(timeout, State) -> say("timeout"), {noreply, State};
handle_info(info, State) -> say("info"), {noreply, State}.

callback_mode() -> [state_functions, state_enter].
a(enter, _, entering) -> say("enter_a"), keep_state_and_data;
a(enter, _, _) -> keep_state_and_data;
a(cast, idle, _) -> say("idle"), {keep_state_and_data, [{timeout, 30, idle}]};
a(timeout, idle, _) -> say("idle_timeout"), keep_state_and_data;
a(cast, look2, _) -> say("look2"), keep_state_and_data;
a(cast, look, _) -> say("look"), timer:sleep(150), keep_state_and_data;
a(cast, heartbeat, Data) -> say("heartbeat"), {next_state, b, Data};
a(cast, _, _) -> {keep_state_and_data, [postpone]};
a(state_timeout, _, _) -> say("timeout"), keep_state_and_data.
b(enter, a, entering) -> say("enter_b"), keep_state_and_data;
b(enter, _, _) -> keep_state_and_data;
b(cast, Event, _) -> say(atom_to_list(Event)), keep_state_and_data;
b(state_timeout, _, _) -> say("stale"), keep_state_and_data.

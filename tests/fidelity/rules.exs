# A rule of Elixir each: what is printed is compared with what the patterns do.
# patterns_elixir.c has the same programs, of actors.
defmodule Rules do
  def say(word), do: send(:words, {:say, word})

  def collect(words) do
    receive do
      {:say, word} -> collect([word | words])
      {:stop, from} -> send(from, {:words, Enum.reverse(words)})
    end
  end

  # Takes so many ms; from 100 on it fails then.
  def take(ms) do
    say("+#{ms}")
    Process.sleep(rem(ms, 100))
    say("-#{ms}")
    if ms >= 100, do: exit(:crash)
    ms + 1
  end

  def async(ms), do: Task.async(fn -> take(ms) end)

  def result({:ok, value}), do: say("ok#{value}")
  def result({:exit, :timeout}), do: say("late")
  def result({:exit, _}), do: say("ended")
  def result(nil), do: say("nil")

  # What becomes of an owner: its end, and for what reason.
  def owner(body) do
    {_, ref} = spawn_monitor(body)

    receive do
      {:DOWN, ^ref, _, _, :normal} -> say("normal")
      {:DOWN, ^ref, _, _, :crash} -> say("crash")
      {:DOWN, ^ref, _, _, {:timeout, _}} -> say("timeout")
      {:DOWN, ^ref, _, _, {:crash, _}} -> say("crash")
    end

    Process.sleep(100)
  end

  def stream(items, options) do
    items
    |> Task.async_stream(&take/1, [max_concurrency: 2] ++ options)
    |> Enum.to_list()
    |> Enum.each(&result/1)
  end

  def rules do
    [
      task_await: fn -> owner(fn -> say("=#{Task.await(async(10), 90)}") end) end,
      task_await_late: fn -> owner(fn -> Task.await(async(40), 20) end) end,
      task_await_failed: fn ->
        owner(fn ->
          Process.flag(:trap_exit, true)
          Task.await(async(110), 50)
        end)
      end,
      task_failed: fn ->
        owner(fn ->
          async(110)
          Process.sleep(50)
          say("survives")
        end)
      end,
      task_owner_ends: fn ->
        owner(fn ->
          async(40)
          Process.sleep(10)
          exit(:crash)
        end)
      end,
      task_owner_ends_normally: fn ->
        owner(fn ->
          async(40)
          Process.sleep(10)
        end)
      end,
      task_yield: fn ->
        owner(fn ->
          task = async(30)
          result(Task.yield(task, 15))
          result(Task.yield(task, 50))
        end)
      end,
      task_shutdown: fn ->
        owner(fn ->
          task = async(40)
          Process.sleep(10)
          result(Task.shutdown(task, 50))
        end)
      end,
      task_shutdown_after: fn ->
        owner(fn ->
          task = async(10)
          Process.sleep(40)
          result(Task.shutdown(task, 50))
        end)
      end,
      stream_order: fn -> owner(fn -> stream([70, 20, 20, 90], []) end) end,
      stream_kill: fn ->
        owner(fn -> stream([90, 20, 20], timeout: 55, on_timeout: :kill_task) end)
      end,
      stream_late: fn -> owner(fn -> stream([90, 20, 20], timeout: 55) end) end,
      stream_failed: fn -> owner(fn -> stream([60, 120, 20], []) end) end,
      stream_trapped: fn ->
        owner(fn ->
          Process.flag(:trap_exit, true)
          stream([60, 120, 90], [])
          {:messages, left} = Process.info(self(), :messages)
          say(to_string(length(left)))
        end)
      end,
      registry: fn ->
        {:ok, _} = Registry.start_link(keys: :unique, name: Names)

        {pid, ref} =
          spawn_monitor(fn ->
            {:ok, _} = Registry.register(Names, 3, nil)
            say("registered")
            receive do: (:leave -> :ok)
          end)

        Process.sleep(20)
        :sys.suspend(Names.PIDPartition0)
        send(pid, :leave)
        receive do: ({:DOWN, ^ref, _, _, _} -> say("down"))
        say("#{Registry.count(Names)}")
        say(if Registry.lookup(Names, 3) == [], do: "nobody", else: "somebody")
        say(if Registry.whereis_name({Names, 3}) == :undefined, do: "nobody", else: "somebody")
        :sys.resume(Names.PIDPartition0)
        Process.sleep(20)
        say("#{Registry.count(Names)}")
      end
    ]
  end

  def run({name, rule}) do
    collector = spawn(fn -> collect([]) end)
    Process.register(collector, :words)
    {pid, ref} = spawn_monitor(rule)
    receive do: ({:DOWN, ^ref, _, ^pid, _} -> :ok)
    send(collector, {:stop, self()})
    words = receive do: ({:words, words} -> words)
    IO.puts("#{name}: #{Enum.join(words, " ")}")
  end
end

Logger.configure(level: :none)
Enum.each(Rules.rules(), &Rules.run/1)

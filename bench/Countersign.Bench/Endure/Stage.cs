using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Countersign.Bench.Endure.People;
using Countersign.Bench.Endure.Stores;
using Countersign.Bench.Servers;

namespace Countersign.Bench.Endure;

/// <summary>All that a scenario acts on: store, nodes, carrier and people. Disposing it leaves nothing behind.</summary>
sealed class Stage : IAsyncDisposable
{
    const string RoutePath = "/admin/v1/routes/endure";

    readonly Scenario _scenario;
    readonly SmallDisk? _disk;

    Stage(string storeName, Scenario scenario, EndureOptions options, EndureStore store, SmallDisk? disk, CancellationToken ct)
    {
        (_scenario, Options, Store, _disk, Ct) = (scenario, options, store, disk, ct);
        Nodes = [.. Enumerable.Range(0, scenario.Nodes ?? store.Nodes).Select(number =>
        {
            var (directory, settings) = store.Node(number);
            return new Node(directory, [.. settings, .. scenario.HasClocks ? ["--clock-file", ClockFile(number)] : Array.Empty<string>()])
            {
                Older = scenario.BeginsOlder ? options.Older : null,
                Log = options.Logs is { } logs ? Path.Combine(logs, $"{storeName}-{scenario.Name}-{number}.log") : null,
            };
        })];
        Crowd = new Crowd(Nodes, Carrier, Tally, scenario.HasClocks);
    }

    public EndureOptions Options { get; }

    public EndureStore Store { get; }

    public IReadOnlyList<Node> Nodes { get; }

    public Carrier Carrier { get; } = new();

    public Tally Tally { get; } = new();

    public Crowd Crowd { get; }

    public CancellationToken Ct { get; }

    public bool ClocksDiffer => _scenario.HasClocks;

    public ClockSteps ClockSteps { get; } = new();

    /// <summary>What a scenario found wrong by itself.</summary>
    public ConcurrentQueue<string> Problems { get; } = [];

    /// <summary>What a scenario has to say of itself.</summary>
    public string Note { get; set; } = "";

    public SmallDisk Disk => _disk ?? throw new InvalidOperationException("This scenario has no disk of its own.");

    public string LastLines => string.Join('\n', Nodes.Select(node => node.LastLines).Append(Store.LastLines));

    public static async Task<Stage> OpenAsync(string storeName, Scenario scenario, EndureOptions options, CancellationToken ct)
    {
        var disk = scenario.OnSmallDisk ? await SmallDisk.MountAsync(storeName == "sqlite" ? 64 : 256, ct) : null;
        Stage? stage = null;
        try
        {
            stage = new Stage(storeName, scenario, options, await EndureStore.OpenAsync(storeName, disk?.Path, ct), disk, ct);
            foreach (var node in stage.Nodes)
            {
                await node.StartAsync(ct);
            }

            await stage.ConfigureAsync();
            return stage;
        }
        catch (Exception problem)
        {
            var lines = stage?.LastLines;
            await (stage?.DisposeAsync() ?? disk?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw problem is SkippedException or MissingProgramException || ct.IsCancellationRequested ? problem : new BenchException($"{problem.Message}\n{lines}");
        }
    }

    /// <summary>Has the people go on while something happens, and a little longer.</summary>
    public async Task UnderLoadAsync(Func<Task> happens)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var load = Crowd.RunAsync(Environment.TickCount & 0xffff, stop.Token);
        try
        {
            await PauseAsync(1);
            await happens();
            await PauseAsync(1);
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }

        if (!_scenario.MayRefuse && Tally.Refused + Tally.CutOff > 0)
        {
            Problems.Enqueue($"{Tally.Refused} calls were refused and {Tally.CutOff} cut off where none may be");
        }
    }

    public Task PauseAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), Ct);

    /// <summary>Waits until so many more calls were answered, so that what happens next happens under load however slow the machine is.</summary>
    public async Task UntilAnsweredAsync(int calls)
    {
        var begun = Stopwatch.GetTimestamp();
        for (var before = Tally.Answered; Tally.Answered < before + calls; await PauseAsync(0.01))
        {
            if (Stopwatch.GetElapsedTime(begun) > TimeSpan.FromMinutes(1))
            {
                throw new BenchException($"Within a minute {Tally.Answered - before} calls were answered.");
            }
        }
    }

    /// <summary>Waits until all nodes say that they can take requests.</summary>
    public async Task UntilReadyAsync()
    {
        for (var tries = 0; ; tries++)
        {
            var ready = await Task.WhenAll(Nodes.Select(node => node.IsReadyAsync(Ct)));
            if (Array.TrueForAll(ready, one => one))
            {
                return;
            }

            if (tries > 600)
            {
                throw new BenchException("A node was not ready again within a minute.");
            }

            await PauseAsync(0.1);
        }
    }

    /// <summary>Has a node set the route to the carrier, and waits until all nodes that are up know of it.</summary>
    /// <param name="by">The node that is asked.</param>
    /// <param name="patience">How long our side is to wait for the carrier, which tells one setting from the other.</param>
    public async Task RouteAsync(Node by, TimeSpan patience)
    {
        var milliseconds = (int)patience.TotalMilliseconds;
        await SetAsync(by, HttpMethod.Put, RoutePath, $$"""{"channel":"sms","carriers":[{"name":"{{Carrier.Name}}"}],"send_timeout_ms":{{milliseconds}}}""");
        foreach (var node in Nodes.Where(node => node.IsUp))
        {
            for (var tries = 0; !await HasRouteAsync(node, milliseconds, Ct); tries++)
            {
                if (tries > 100)
                {
                    throw new BenchException("A node did not learn of the route.");
                }

                await PauseAsync(0.1);
            }
        }
    }

    /// <summary>Sets how far a node's clock is off.</summary>
    public void SetClock(int node, TimeSpan offset)
    {
        ClockSteps.Add(node, offset);
        var path = ClockFile(node);
        File.WriteAllText(path + ".new", offset.ToString("c"));
        File.Move(path + ".new", path, overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        // Nodes first: what they were handing over is of no interest any more.
        await Carrier.DisposeAsync();
        await Store.DisposeAsync();
        await (_disk?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    string ClockFile(int node) => Path.Combine(Store.Home.FullName, $"clock-{node}");

    async Task ConfigureAsync()
    {
        await PostAsync($"/admin/v1/services/{Node.Service}/fraud-guard", Crowds.OnlyWatched);
        await PostAsync($"/admin/v1/services/{Node.Service}/limits", Crowds.AtOnce);
        await PutAsync($"/admin/v1/carriers/{Carrier.Name}", Carrier.Definition(_scenario.HasReceipts));
        // Every node has to know it before people come, or their first messages go to the sandbox.
        await RouteAsync(Nodes[0], _scenario.CarrierPatience);
    }

    static async Task<bool> HasRouteAsync(Node node, int patience, CancellationToken ct)
    {
        using var route = await node.Http.GetAsync(RoutePath, ct);
        return route.IsSuccessStatusCode && JsonElement.Parse(await route.Content.ReadAsStringAsync(ct)).GetProperty("send_timeout_ms").GetInt32() == patience;
    }

    Task PutAsync(string path, string body) => SetAsync(Nodes[0], HttpMethod.Put, path, body);

    Task PostAsync(string path, string body) => SetAsync(Nodes[0], HttpMethod.Post, path, body);

    async Task SetAsync(Node node, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await node.Http.SendAsync(request, Ct);
        if (!answer.IsSuccessStatusCode)
        {
            throw new BenchException($"{path} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Ct)}");
        }
    }
}

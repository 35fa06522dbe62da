using Countersign.Core.Channels;
using Countersign.Core.Guard.Sharing;
using Countersign.Core.Routing;
using Countersign.Core.Tests.Privacy;
using Microsoft.Extensions.Time.Testing;

namespace Countersign.Core.Tests.Routing;

/// <summary>A planner with its memory, a clock to move, and carriers to play.</summary>
sealed class Desk
{
    public static readonly Sid Account = Sid.Parse("AC000000000000000000000000000000a1", "AC");
    public static readonly DateTimeOffset Start = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    readonly ReplayedRandom _sids;

    public Desk(int seed = 1, RouteLearningOptions? options = null, GuardNews? news = null, FakeTimeProvider? clock = null, int sids = 7)
    {
        _sids = new ReplayedRandom(sids);
        Clock = clock ?? new FakeTimeProvider(Start);
        Learning = new RouteLearning(Health, options, news);
        Planner = new RoutePlanner(Learning, Health, new ReplayedRandom(seed), Clock);
    }

    public FakeTimeProvider Clock { get; }

    public DateTimeOffset Now => Clock.GetUtcNow();

    public CarrierHealth Health { get; } = new();

    public RouteLearning Learning { get; }

    public RoutePlanner Planner { get; }

    public static CarrierKey Key(string carrier) => new(Account, carrier);

    public static Route Adaptive(params RouteCarrier[] carriers) => new()
    {
        AccountSid = Account,
        Name = "texts",
        Channel = Channel.Sms,
        Strategy = RouteStrategy.Adaptive,
        Carriers = carriers,
        Exploration = 0,
    };

    public static RouteCarrier Carrier(string name, decimal? cost = null, int weight = 1) => new() { Name = name, Cost = cost, Weight = weight };

    public static RouteRequest Request(Route? route, params string[] available) => new()
    {
        Account = Account,
        Channel = Channel.Sms,
        Country = "SE",
        Digits = "46701740605",
        Route = route,
        Available = available,
    };

    public Sid NewVerification() => Sid.NewOrdered("VE", Now, _sids);

    public Sid Send(string carrier, string country = "SE", string digits = "46701740605")
    {
        var verification = NewVerification();
        Learning.Sent(verification, Key(carrier), Channel.Sms, country, digits, isFirst: true, Now);
        return verification;
    }

    /// <summary>Sends every 5 s; of each ten so many convert, each after 15 s.</summary>
    public void Live(string carrier, int sends, int convertedOfTen = 9, bool receipts = false, string country = "SE", string digits = "46701740605")
    {
        var waiting = new Queue<(DateTimeOffset At, Sid Verification)>();
        for (var i = 0; i < sends + 3; i++)
        {
            if (i < sends)
            {
                var verification = Send(carrier, country, digits);
                if (receipts)
                    Learning.Received(verification, delivered: true, Now.AddSeconds(2));
                if (i % 10 < convertedOfTen)
                    waiting.Enqueue((Now.AddSeconds(15), verification));
            }

            Clock.Advance(TimeSpan.FromSeconds(5));
            while (waiting.TryPeek(out var next) && next.At <= Now)
                Learning.Converted(waiting.Dequeue().Verification, Now);
        }
    }

    /// <summary>Time passes and the world is looked at once a second, as a server that sends does.</summary>
    public void Wait(TimeSpan time)
    {
        for (var until = Now + time; Now < until;)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            Learning.LookAt(Now);
        }
    }

    public double Rate(string carrier, string country = "SE", string digits = "46701740605") =>
        Learning.Rates(Account, [carrier], Channel.Sms, country, digits, Now)[0].Mean;

    public bool IsDark(string carrier, string country = "") =>
        Health.States(Now).Any(state => state.IsOpen && state.Kind == BreakerKind.Dark && state.Carrier.Name == carrier && (state.Country ?? "") == country);
}

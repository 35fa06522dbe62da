using Countersign.Core;
using Countersign.Core.Channels;
using Countersign.Core.Routing;
using Route = Countersign.Core.Routing.Route;

namespace Countersign.Bench.Routing;

/// <summary>Puts the carriers in order for a send, and hears what becomes of it.</summary>
abstract class Policy
{
    public abstract IEnumerable<int> Order(Person person, double at);

    public virtual void Accepted(Person person, int carrier, double at)
    {
    }

    public virtual void Faulted(int carrier, double at)
    {
    }

    public virtual void Received(Person person, bool delivered, double at)
    {
    }

    public virtual void Converted(Person person, double at)
    {
    }
}

/// <summary>
/// Knows the true rate of each carrier for the network at this moment, outages included, and how likely a carrier is to fail again with a person with whom it failed.
/// It knows neither the fate of a message nor the future.
/// </summary>
sealed class OraclePolicy(World world) : Policy
{
    public override IEnumerable<int> Order(Person person, double at) =>
        Enumerable.Range(0, World.Carriers.Length).OrderByDescending(carrier => Chance(person, carrier, at));

    double Chance(Person person, int carrier, double at)
    {
        if (world.Refusing?.Covers(carrier, at) == true)
            return 0;
        var rate = world.Rate(carrier, person.Country, person.Network, at);
        return person.Sends.Exists(send => send.Carrier == carrier) ? rate * (1 - Simulation.FailsAgain) : rate;
    }
}

/// <summary>Always the same order; the next carrier when one refuses. A resend goes the same way.</summary>
sealed class FixedPolicy(int[] order) : Policy
{
    public override IEnumerable<int> Order(Person person, double at) => order;
}

/// <summary>Each send, resends included, begins with the next carrier.</summary>
sealed class RoundRobinPolicy : Policy
{
    int _next;

    public override IEnumerable<int> Order(Person person, double at)
    {
        var first = _next++ % World.Carriers.Length;
        return Enumerable.Range(0, World.Carriers.Length).Select(i => (first + i) % World.Carriers.Length);
    }
}

/// <summary>Countersign's planner, with its memory and its breakers, as the dispatcher uses it.</summary>
sealed class PlannerPolicy : Policy
{
    static readonly Sid Account = Sid.Parse("AC000000000000000000000000000000be", "AC");
    static readonly string[] Names = [.. World.Carriers.Select(static carrier => carrier.Name)];

    readonly CarrierHealth _health = new();
    readonly RouteLearning _learning;
    readonly RoutePlanner _planner;
    readonly Route _route;

    public PlannerPolicy(RouteStrategy strategy, IEnumerable<RouteCarrier> carriers, ulong seed, SimulatedClock clock, RouteLearningOptions? options = null)
    {
        _learning = new RouteLearning(_health, options);
        _planner = new RoutePlanner(_learning, _health, new SeededSource(Dice.Mix(seed)), clock);
        _route = new Route { AccountSid = Account, Name = "texts", Channel = Channel.Sms, Strategy = strategy, Carriers = [.. carriers] };
    }

    public static RouteCarrier Carrier(int index, int weight = 1) => new() { Name = Names[index], Cost = World.Carriers[index].Cost, Weight = weight };

    public override IEnumerable<int> Order(Person person, double at)
    {
        var plan = _planner.Plan(new RouteRequest
        {
            Account = Account,
            Channel = Channel.Sms,
            Country = World.Countries[person.Country].Code,
            Digits = person.Digits,
            Route = _route,
            Available = Names,
            Previous = person.Sends.Count == 0 ? [] : [.. person.Sends.Select(static send => new PreviousSend(Names[send.Carrier], Moment(send.At), send.Delivered, send.Failed))],
        });
        return plan.Choices.Select(static choice => Array.IndexOf(Names, choice.Carrier));
    }

    public override void Accepted(Person person, int carrier, double at)
    {
        _health.Succeeded(Key(carrier), Moment(at), TimeSpan.FromMilliseconds(200));
        _learning.Sent(person.Verification, Key(carrier), Channel.Sms, World.Countries[person.Country].Code, person.Digits, person.Sends.Count == 1, Moment(at));
    }

    public override void Faulted(int carrier, double at) => _health.Failed(Key(carrier), carrierFault: true, Moment(at));

    public override void Received(Person person, bool delivered, double at) => _learning.Received(person.Verification, delivered, Moment(at));

    public override void Converted(Person person, double at) => _learning.Converted(person.Verification, Moment(at));

    static CarrierKey Key(int carrier) => new(Account, Names[carrier]);

    static DateTimeOffset Moment(double seconds) => SimulatedClock.Start.AddSeconds(seconds);
}

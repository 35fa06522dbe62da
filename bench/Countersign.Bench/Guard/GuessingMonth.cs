using System.Net;

namespace Countersign.Bench.Guard;

/// <summary>
/// Thirty days in which somebody starts verifications of one person's number and guesses, each as soon as it is let, or no more than so many times until the person was in; and the
/// person wants in once a day, or more often.
/// </summary>
sealed class GuessingMonth(SimulatedServer server, GuessingPlan plan)
{
    // A number for fiction, as all that is written here.
    const string Number = "+447700900123";
    const double Day = 86_400, GuessChance = 1e-6;
    // Between two tries of the attacker whether there is something to guess at; waits that the server names are kept up to ten minutes, since the person's success may end them.
    const double LooksEvery = 30, LongestWait = 600;
    const int Days = 30, Tries = 3, AwayOn = 15;

    static readonly IPAddress Home = IPAddress.Parse("192.0.2.10"), Neighbour = IPAddress.Parse("192.0.2.99"), Elsewhere = IPAddress.Parse("203.0.113.77");

    double _attackerAt = 9 * 3600;
    double _startsAt;
    int _sinceEntered;
    string? _current;
    readonly Rng _rng = new(0xB07);

    public GuessingPlan Plan => plan;

    /// <summary>Guesses that were held against a code.</summary>
    public int Guesses { get; private set; }

    /// <summary>Codes that the attacker had sent.</summary>
    public int Sends { get; private set; }

    /// <summary>Of those, times at which the first code did it; three are asked for at most.</summary>
    public int AtOnce { get; private set; }

    /// <summary>Times that the person got in, of <see cref="Wanted"/>.</summary>
    public int Entered { get; private set; }

    public int Wanted { get; private set; }

    /// <summary>The person got in from a network that was never seen before.</summary>
    public bool EnteredFromElsewhere { get; private set; }

    /// <summary>That one of the guesses is right, each being against one code of a million.</summary>
    public double Chance => 1 - Math.Pow(1 - GuessChance, Guesses);

    public GuessingMonth Run()
    {
        if (!Enter(8 * 3600, Home))
            throw new BenchException("The person did not get in before there was an attacker.");
        for (var time = 1; time <= Days * plan.SignInsADay; time++)
        {
            var at = (time * Day / plan.SignInsADay) + (8 * 3600);
            var isAway = time == AwayOn * plan.SignInsADay;
            AttackUntil(at);
            Wanted++;
            var entered = Enter(at, isAway ? Elsewhere : Home);
            Entered += entered ? 1 : 0;
            EnteredFromElsewhere |= entered && isAway;
        }

        AttackUntil(Days * Day);
        return this;
    }

    /// <summary>Guesses at whatever is pending, whoever asked for it, and asks for more as soon as it is let.</summary>
    void AttackUntil(double until)
    {
        for (; _attackerAt < until; _attackerAt += LooksEvery)
        {
            if (_sinceEntered >= plan.StopsAt)
                continue;
            server.SetTime(_attackerAt);
            var device = plan.FromHome ? Neighbour : Town.HomeOf("XX", _rng);
            GuessAll(device);
            if (_attackerAt < _startsAt)
                continue;
            var started = server.Start(Number, plan.PassesIp ? device : null);
            if (started.IsSuccess)
            {
                Sends++;
                _current = started.Sid;
                GuessAll(device);
            }
            else
            {
                _startsAt = _attackerAt + Math.Clamp(started.RetryAfter, 1, LongestWait);
            }
        }
    }

    void GuessAll(IPAddress device)
    {
        if (_current is null)
            return;
        // The attacker does not know the code; we do, so that no guess ends the simulation.
        var right = server.CodeOf(Number, _current);
        for (var i = 0; i < 6 && _sinceEntered < plan.StopsAt; i++)
        {
            if (!server.Check(Number, HttpPolicy.Wrong(right, i), plan.PassesIp ? device : null).IsSuccess)
                return;
            Guesses++;
            _sinceEntered++;
        }
    }

    /// <summary>Asks for a code and types it after twenty seconds, in the middle of which the attacker guesses; up to three times, ten minutes apart at most.</summary>
    bool Enter(double at, IPAddress from)
    {
        for (var i = 0; i < Tries; i++)
        {
            server.SetTime(at);
            var started = server.Start(Number, plan.PassesIp ? from : null);
            _current = started.Sid ?? _current;
            // When all sends are used up the newest code is on the phone already, whoever asked for it.
            if (started.IsSuccess || started.Reason == "max_send_attempts")
            {
                var code = server.CodeOf(Number, _current!);
                if (Wanted > 0)
                {
                    _attackerAt = at + 10;
                    AttackUntil(at + 20);
                }

                server.SetTime(at + 20);
                if (server.Check(Number, code, plan.PassesIp ? from : null) is { IsSuccess: true, Reason: "approved" })
                {
                    _sinceEntered = 0;
                    AtOnce += i == 0 && Wanted > 0 ? 1 : 0;
                    return true;
                }
            }

            at += Math.Clamp(started.RetryAfter, 30, 600);
            AttackUntil(at);
        }

        return false;
    }
}

/// <summary>Who guesses, and beside whom.</summary>
/// <param name="PassesIp">The application passes <c>DeviceIp</c>.</param>
/// <param name="SignInsADay">How often the person wants in.</param>
/// <param name="StopsAt">After so many guesses nothing more until the person was in, so that the waits are over by then.</param>
/// <param name="FromHome">The guesses come from the person's own network, and not from a new one each time.</param>
sealed record GuessingPlan(bool PassesIp, int SignInsADay = 1, int StopsAt = int.MaxValue, bool FromHome = false)
{
    /// <summary>Once a day and as fast as it goes first, which is what was always measured.</summary>
    public static IReadOnlyList<GuessingPlan> All { get; } =
    [
        new(true), new(false),
        .. from signIns in (int[])[1, 2, 4, 8]
           from plan in (GuessingPlan[])[new(true), new(false), .. from stopsAt in (int[])[5, 10, 15, 35] from passesIp in (bool[])[true, false] select new GuessingPlan(passesIp, StopsAt: stopsAt, FromHome: passesIp)]
           where signIns > 1 || plan.StopsAt < int.MaxValue
           select plan with { SignInsADay = signIns },
    ];
}

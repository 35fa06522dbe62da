using System.Globalization;
using System.Net;

namespace Countersign.Bench.Guard;

/// <summary>
/// Thirty days in which somebody starts verifications of one person's number and guesses, each as soon as it is let; and the person wants in once a day.
/// </summary>
sealed class GuessingMonth(SimulatedServer server, bool passesIp)
{
    // A number for fiction, as all that is written here.
    const string Number = "+447700900123";
    const double Day = 86_400, GuessChance = 1e-6;
    const int Days = 30, Tries = 3, AwayOn = 15;

    static readonly IPAddress Home = IPAddress.Parse("192.0.2.10"), Elsewhere = IPAddress.Parse("203.0.113.77");

    double _attackerAt;
    int _addresses;

    /// <summary>Guesses that were held against a code.</summary>
    public int Guesses { get; private set; }

    /// <summary>Codes that the attacker had sent.</summary>
    public int Sends { get; private set; }

    /// <summary>Days on which the person got in, of <see cref="Wanted"/>.</summary>
    public int Entered { get; private set; }

    public int Wanted { get; private set; }

    /// <summary>The person got in from a network that was never seen before.</summary>
    public bool EnteredFromElsewhere { get; private set; }

    /// <summary>That one of the guesses is right, each being against one code of a million.</summary>
    public double Chance => 1 - Math.Pow(1 - GuessChance, Guesses);

    public GuessingMonth Run()
    {
        Enter(8 * 3600, Home);
        (Entered, Wanted) = (0, 0);
        _attackerAt = 9 * 3600;
        for (var day = 1; day <= Days; day++)
        {
            var morning = (day * Day) + (8 * 3600);
            AttackUntil(morning);
            Wanted++;
            var entered = Enter(morning, day == AwayOn ? Elsewhere : Home);
            Entered += entered ? 1 : 0;
            EnteredFromElsewhere |= entered && day == AwayOn;
        }

        AttackUntil(Days * Day);
        return this;
    }

    void AttackUntil(double until)
    {
        while (_attackerAt < until)
        {
            server.SetTime(_attackerAt);
            var device = IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"198.51.{100 + (++_addresses / 250 % 100)}.{1 + (_addresses % 250)}"));
            var started = server.Start(Number, passesIp ? device : null);
            if (!started.IsSuccess)
            {
                // A code that is there already can be guessed at, whoever asked for it.
                _attackerAt += GuessAll(device) ? 1 : Math.Max(1, started.RetryAfter);
                continue;
            }

            Sends++;
            GuessAll(device);
            _attackerAt++;
        }
    }

    bool GuessAll(IPAddress device)
    {
        var right = server.CodeOn(Number, 1);
        var guessed = false;
        for (var i = 0; i < 6; i++)
        {
            if (!server.Check(Number, HttpPolicy.Wrong(right, i), passesIp ? device : null).IsSuccess)
                break;
            Guesses++;
            guessed = true;
        }

        return guessed;
    }

    /// <summary>Asks for a code and types it after twenty seconds; up to three times, ten minutes apart at most, while the attacker goes on.</summary>
    bool Enter(double at, IPAddress from)
    {
        for (var i = 0; i < Tries; i++)
        {
            server.SetTime(at);
            var started = server.Start(Number, passesIp ? from : null);
            // When all sends are used up the newest code is on the phone already, whoever asked for it.
            if (started.IsSuccess || started.Reason == "max_send_attempts")
            {
                Thread.Sleep(20);
                var code = server.CodeOn(Number, 1);
                AttackUntil(at + 20);
                server.SetTime(at + 20);
                if (server.Check(Number, code, passesIp ? from : null) is { IsSuccess: true, Reason: "approved" })
                    return true;
            }

            at += Math.Clamp(started.RetryAfter, 30, 600);
            AttackUntil(at);
        }

        return false;
    }
}

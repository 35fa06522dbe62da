namespace Countersign.Bench.Routing;

/// <summary>Plays people against a policy, event by event. Times are seconds since the start.</summary>
sealed class Simulation(World world, Policy policy, SimulatedClock clock, double from, double until, double perSecond)
{
    /// <summary>How likely a carrier that did not deliver to a person is to be unable to, however often.</summary>
    public const double FailsAgain = 0.5;

    const int MostSends = 3;
    const double AsksAgain = 0.6, TimesOut = 0.3, SendTimeout = 8;

    readonly PriorityQueue<Action, double> _events = new();
    readonly Outcome _outcome = new(until);
    ulong _people;

    public Outcome Run()
    {
        _events.Enqueue(NextPerson, from);
        while (_events.TryDequeue(out var happen, out var at))
        {
            clock.Seconds = Math.Max(clock.Seconds, at);
            happen();
        }

        return _outcome;
    }

    // Everybody who may come does, at the highest rate of the day, and those that the hour is wrong for leave: a Poisson process that keeps the daily rhythm.
    void NextPerson()
    {
        const double busiest = 1.75;
        var (id, at) = (_people++, clock.Seconds);
        var next = at - (Math.Log(Dice.Uniform(world.Seed, id, 101)) / (perSecond * busiest));
        if (next < until)
            _events.Enqueue(NextPerson, next);

        var country = Pick(Dice.Uniform(world.Seed, id, 102));
        if (Dice.Uniform(world.Seed, id, 103) * busiest > World.Rhythm(World.Countries[country], at))
            return;

        var person = new Person(world.Seed, id, country, at);
        _outcome.Started(at);
        Ask(person);
    }

    static int Pick(double uniform)
    {
        var country = 0;
        while (country < World.Countries.Length - 1 && (uniform -= World.Countries[country].Share) > 0)
            country++;
        return country;
    }

    void Ask(Person person) => Try(person, [.. policy.Order(person, clock.Seconds)], 0);

    void Try(Person person, int[] order, int index)
    {
        if (index == order.Length)
            return;

        var (carrier, at) = (order[index], clock.Seconds);
        if (world.Refusing?.Covers(carrier, at) != true)
        {
            Accept(person, carrier);
            return;
        }

        _outcome.Refused++;
        var wait = person.Draw(20, carrier, person.Sends.Count) < TimesOut ? SendTimeout : 0.2;
        _events.Enqueue(
            () =>
            {
                policy.Faulted(carrier, clock.Seconds);
                Try(person, order, index + 1);
            },
            at + wait);
    }

    void Accept(Person person, int carrier)
    {
        var (at, attempt) = (clock.Seconds, person.Sends.Count);
        var send = new Send(carrier, at);
        person.Sends.Add(send);
        policy.Accepted(person, carrier, at);
        _outcome.Sent(at, carrier, world.Dark?.Covers(carrier, at) == true, attempt == 0);

        var delay = World.Carriers[carrier].DelaySeconds * Math.Exp(0.6 * person.DrawNormal(21, carrier, attempt));
        var delivered = Delivers(person, carrier, attempt, at);
        if (delivered)
            _events.Enqueue(() => Arrive(person), at + delay);
        if (World.Carriers[carrier].HasReceipts && world.Dark?.Covers(carrier, at) != true && (delivered || person.Draw(22, carrier, attempt) < 0.5))
            _events.Enqueue(() => Receipt(person, send, delivered), at + delay + 1);
        if (attempt + 1 < MostSends)
            _events.Enqueue(() => LosePatience(person, attempt), at + 30 + (10 * person.Draw(23, attempt: attempt)));
    }

    bool Delivers(Person person, int carrier, int attempt, double at)
    {
        var rate = world.Rate(carrier, person.Country, person.Network, at);
        var sentBefore = person.Sends.FindIndex(send => send.Carrier == carrier) < attempt;
        return person.Draw(24, carrier, attempt) < rate && !(sentBefore && double.IsPositiveInfinity(person.ArrivedAt) && person.Draw(25, carrier) < FailsAgain);
    }

    void Arrive(Person person)
    {
        if (!double.IsPositiveInfinity(person.ArrivedAt))
            return;

        person.ArrivedAt = clock.Seconds;
        if (person.Types)
            _events.Enqueue(() => Convert(person), clock.Seconds + person.TypingSeconds);
    }

    void Convert(Person person)
    {
        person.HasConverted = true;
        _outcome.Converted(person.StartedAt, clock.Seconds - person.StartedAt, person.Sends.Count == 1);
        policy.Converted(person, clock.Seconds);
    }

    void Receipt(Person person, Send send, bool delivered)
    {
        (send.Delivered, send.Failed) = (delivered, !delivered);
        if (person.Sends[0] == send)
            policy.Received(person, delivered, clock.Seconds);
    }

    void LosePatience(Person person, int attempt)
    {
        if (double.IsPositiveInfinity(person.ArrivedAt) && person.Draw(26, attempt: attempt) < AsksAgain)
            Ask(person);
    }
}

namespace Countersign.Core.Guard.Fraud;

/// <summary>
/// What is remembered of one prefix, country, network or service: counts that fade by themselves, brought up to date when they are looked at. 48 bytes.
/// The default value has seen nothing.
/// </summary>
struct FraudCell
{
    /// <summary>Seconds in which two thirds of the codes that will be typed back have been: until then a send is no evidence.</summary>
    public const float TypingSeconds = 75;

    /// <summary>Seconds after which a send counts about a third in <see cref="Fast"/> and <see cref="Open"/>.</summary>
    public const float FastSeconds = 30 * 60;

    /// <summary>The same for <see cref="Sends"/> and <see cref="Approved"/>: 14 days.</summary>
    public const float SlowSeconds = 14 * 24 * 3600;

    const float RefusedSeconds = 3600;

    /// <summary>Codes typed back are believed up to this much in advance.</summary>
    const float MostCredit = -2.5f;

    // What services see that have no history yet, and how many sends it takes to outweigh it.
    const float FirstGuess = 0.7f;
    const float FirstGuessWeight = 20;

    /// <summary>0 for an empty cell.</summary>
    public ulong Key;

    /// <summary>When the counts below were brought up to date, in sixteenths of a second since the guard's first look at a clock: eight years.</summary>
    public uint At;

    /// <summary>When the cell was made.</summary>
    public uint Since;

    /// <summary>How much the codes not typed back outweigh those typed back, in natural log-odds: a sequential test (CUSUM) that forgets.</summary>
    public float Evidence;

    /// <summary>The same against fraud that types many codes back itself: slower, and not fooled by that.</summary>
    public float Doubt;

    /// <summary>Sends whose codes may still be typed back.</summary>
    public float Young;

    /// <summary>Sends of the last half hour, about.</summary>
    public float Fast;

    /// <summary>Of those, the ones whose code was not typed back so far.</summary>
    public float Open;

    /// <summary>Sends of the last 14 days.</summary>
    public float Sends;

    /// <summary>Codes typed back in the last 14 days.</summary>
    public float Approved;

    /// <summary>Starts refused in the last hour because of this cell.</summary>
    public float Refused;

    /// <summary>Lets time pass.</summary>
    public void Advance(uint now, in FraudRule rule)
    {
        var seconds = now > At ? (now - At) / 16f : 0;
        if (seconds <= 0)
        {
            return;
        }

        At = now;
        var grown = Young * (1 - MathF.Exp(-seconds / TypingSeconds));
        Young -= grown;
        var fast = MathF.Exp(-seconds / FastSeconds);
        Fast *= fast;
        Open *= fast;
        var slow = MathF.Exp(-seconds / rule.CountSeconds);
        Sends *= slow;
        Approved *= slow;
        Refused *= MathF.Exp(-seconds / RefusedSeconds);
        var odds = OddsBy(rule);
        var memory = MathF.Exp(-seconds / rule.MemorySeconds);
        // What ripened long ago has faded since.
        grown *= MathF.Exp(-MathF.Max(0, seconds - TypingSeconds) / rule.MemorySeconds);
        Evidence = MathF.Min(rule.Cap, (Evidence * memory) + (grown * odds.Bold.Unanswered));
        Doubt = MathF.Min(rule.Cap, (Doubt * memory) + (grown * odds.Sly.Unanswered));
    }

    public void Send(float weight)
    {
        Young += weight;
        Sends += weight;
        Fast += weight;
        Open += weight;
    }

    /// <summary>A code was typed back, so many seconds after it was sent. What the send had already added to the evidence is taken back with it.</summary>
    /// <param name="secondsSince">Seconds since the send.</param>
    /// <param name="rule">How the cell remembers.</param>
    /// <param name="weight">What the send counted (<see cref="Send"/>).</param>
    public void Approve(float secondsSince, in FraudRule rule, float weight = 1)
    {
        var odds = OddsBy(rule);
        var young = MathF.Exp(-secondsSince / TypingSeconds);
        Young = MathF.Max(0, Young - (weight * young));
        Open = MathF.Max(0, Open - (weight * MathF.Exp(-secondsSince / FastSeconds)));
        Approved += weight;
        Evidence = MathF.Max(MostCredit, Evidence - (weight * (odds.Bold.Answered + ((1 - young) * odds.Bold.Unanswered))));
        Doubt = MathF.Max(MostCredit, Doubt - (weight * (odds.Sly.Answered + ((1 - young) * odds.Sly.Unanswered))));
    }

    /// <summary>The stronger of the two tests.</summary>
    public readonly float Suspicion => MathF.Max(Evidence, Doubt);

    /// <summary>What this cell's own people do, from a first guess on.</summary>
    public readonly FraudOdds OwnOdds => FraudOdds.Of((Approved + (FirstGuess * FirstGuessWeight)) / (MathF.Max(Sends - Young, Approved) + FirstGuessWeight));

    readonly FraudOdds OddsBy(in FraudRule rule) => rule.Odds.Bold.Unanswered > 0 ? rule.Odds : OwnOdds;

    /// <summary>What the cell would be missed for: the least valuable of a set makes room for a new one.</summary>
    public readonly float Value(uint now)
    {
        var seconds = now > At ? (now - At) / 16f : 0;
        return ((Fast + (4 * MathF.Abs(Suspicion))) / (1 + (seconds / FastSeconds))) + (MathF.Min(Approved, 20) / (1 + (seconds / SlowSeconds * 4)));
    }
}

/// <summary>What one code says by being typed back, and by not being: for people the first, for fraud the second, both positive log-odds.</summary>
readonly record struct AnswerOdds(float Answered, float Unanswered);

/// <summary>The same against two kinds of pumped traffic: one that types back two in five of the codes that people would, and one that types back two in three.</summary>
readonly record struct FraudOdds(AnswerOdds Bold, AnswerOdds Sly)
{
    /// <param name="people">Share of people's sends whose code is typed back. Taken as a little less, and never as almost none or almost all: one place differs from another.</param>
    public static FraudOdds Of(float people)
    {
        people = Math.Clamp(people * 0.95f, 0.35f, 0.9f);
        return new(Against(people, 0.25f), Against(people, 0.66f));
    }

    static AnswerOdds Against(float people, float share) => new(-MathF.Log(share), MathF.Log((1 - (share * people)) / (1 - people)));
}

/// <summary>How a cell of some kind remembers.</summary>
/// <param name="MemorySeconds">Seconds after which a third of the evidence is left.</param>
/// <param name="Cap">The evidence at most, so that a block lifts soon after what it stops.</param>
/// <param name="Odds">What an answer says; the default value takes the cell's own odds.</param>
/// <param name="CountSeconds">Seconds after which a third is left of the counts of sends and answers.</param>
readonly record struct FraudRule(float MemorySeconds, float Cap, FraudOdds Odds, float CountSeconds = FraudCell.SlowSeconds);

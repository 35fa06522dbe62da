using System.Text.Json;

namespace Countersign.Bench.Endure.People;

/// <summary>One number with its verification, as an application that believes every answer remembers it. What was cut off may have been done or not. One caller at a time uses it.</summary>
sealed class Person(string number)
{
    public string Number => number;

    /// <summary>The verification that was acknowledged.</summary>
    public string? Sid { get; set; }

    /// <summary>Sends (VL…) that were acknowledged.</summary>
    public List<string> Attempts { get; private set; } = [];

    /// <summary>When each of them was asked for.</summary>
    public Dictionary<string, Asked> AskedAt { get; private set; } = [];

    /// <summary>Whether a node of the older build began the verification.</summary>
    public bool BegunByOlder { get; set; }

    public int CutOffSends { get; set; }

    /// <summary>To the number, over all its verifications: a clock that is set forward ends one after the other.</summary>
    public int SendsInAll { get; set; }

    /// <summary>Guesses that were evaluated: right or wrong, but counted.</summary>
    public int Guesses { get; set; }

    public int CutOffGuesses { get; set; }

    /// <summary>Times that a guess was answered with "approved". More than one is a double approval.</summary>
    public int Approvals { get; set; }

    public bool MayBeApproved { get; set; }

    public bool IsCanceled { get; set; }

    public bool MayBeCanceled { get; set; }

    public bool IsExhausted => Guesses >= 5 && Approvals == 0;

    public bool MayBeExhausted => Guesses + CutOffGuesses >= 5;

    public bool HasEnded => Approvals > 0 || IsCanceled || IsExhausted;

    public bool MayHaveEnded => HasEnded || MayBeApproved || MayBeCanceled || MayBeExhausted;

    /// <summary>What in the API's word on the verification cannot be; null if it agrees with what is known here.</summary>
    /// <param name="found">The verification as it was answered.</param>
    /// <param name="clocksDiffer">Whether it may have run out by another clock.</param>
    public string? Contradiction(JsonElement found, bool clocksDiffer)
    {
        var status = found.GetProperty("status").GetString()!;
        var known = Approvals > 0 ? "approved" : IsCanceled ? "canceled" : IsExhausted ? "max_attempts_reached" : null;
        if (known is not null && status != known)
        {
            return $"was {known} and is {status}";
        }

        var possible = status == "pending"
            || status == known
            || (status == "approved" && MayBeApproved) || (status == "canceled" && MayBeCanceled)
            || (status == "max_attempts_reached" && MayBeExhausted) || (status == "expired" && clocksDiffer);
        if (!possible)
        {
            return $"is {status}, which nobody asked for";
        }

        var checks = 5 - found.GetProperty("countersign").GetProperty("checks_left").GetInt32();
        if (status == "pending" && (checks < Guesses || checks > Guesses + CutOffGuesses))
        {
            return $"counts {checks} guesses, and {Guesses} were answered";
        }

        var sent = found.GetProperty("send_code_attempts").EnumerateArray().Select(attempt => attempt.GetProperty("attempt_sid").GetString()!).ToHashSet();
        return Attempts.TrueForAll(sent.Contains) ? null : "lacks a send that was acknowledged";
    }

    /// <summary>Forgets the verification, since the number has another one now; gives what was known of it.</summary>
    public Person StartAnew()
    {
        var before = (Person)MemberwiseClone();
        (Sid, Attempts, AskedAt, CutOffSends, Guesses, CutOffGuesses, Approvals, MayBeApproved, IsCanceled, MayBeCanceled) = (null, [], [], 0, 0, 0, 0, false, false, false);
        return before;
    }
}

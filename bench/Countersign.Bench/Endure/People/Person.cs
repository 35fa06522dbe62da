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

    /// <summary>Forgets the verification, since the number has another one now; gives what was known of it.</summary>
    public Person StartAnew()
    {
        var before = (Person)MemberwiseClone();
        (Sid, Attempts, AskedAt, CutOffSends, Guesses, CutOffGuesses, Approvals, MayBeApproved, IsCanceled, MayBeCanceled) = (null, [], [], 0, 0, 0, 0, false, false, false);
        return before;
    }
}

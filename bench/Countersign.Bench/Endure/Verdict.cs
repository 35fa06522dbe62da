namespace Countersign.Bench.Endure;

/// <summary>How a scenario ended: what was acknowledged, and what is left of it.</summary>
sealed record Verdict
{
    public int Acknowledged { get; init; }

    public int Found { get; init; }

    /// <summary>Verifications that a right code approved. Every scenario types right codes: where none is taken, nothing was shown.</summary>
    public int Approved { get; init; }

    public int Lost { get; init; }

    public int DoubleApprovals { get; init; }

    public int SixthChecks { get; init; }

    public int Unsent { get; init; }

    public int WrongAnswers { get; init; }

    /// <summary>What the line does not say: how much happened.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Why it was not played; null if it was.</summary>
    public string? Skipped { get; init; }

    /// <summary>False where it needs something that nobody can be expected to have.</summary>
    public bool IsAsked { get; init; } = true;

    /// <summary>What kept it from coming to its end.</summary>
    public string? Broke { get; init; }

    public bool Failed => Skipped is null && (Broke is not null || Acknowledged == 0 || Approved == 0 || Found != Acknowledged || Lost + DoubleApprovals + SixthChecks + Unsent + WrongAnswers > 0);

    public override string ToString() =>
        Skipped is not null ? $"skipped: {Skipped}"
        : Broke is not null ? $"FAILED: {Broke}"
        : $"acknowledged {Acknowledged}, found {Found}, approved {Approved}, lost {Lost}, double approvals {DoubleApprovals}, sixth checks {SixthChecks}, unsent {Unsent}, "
            + $"wrong answers {WrongAnswers} — {(Failed ? "FAILED" : "ok")}";
}

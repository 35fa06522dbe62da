namespace Countersign.Core.Routing;

/// <summary>
/// Notices carriers from which nothing comes back: how likely it is that so many sends of a carrier, in all and to a country, have had neither a code nor another sign if the carrier is as it usually is.
/// Tells <see cref="CarrierHealth"/> of one that went dark, and of one that came back. Used under the lock of <see cref="RouteLearning"/>.
/// </summary>
sealed class SilenceWatch(CarrierHealth health, RouteCells cells, RouteLearningOptions options)
{
    // Where receipts are missing, codes must be somewhat overdue too: callbacks may be late while messages are not.
    static readonly double NoCodesWithoutSigns = Math.Log(0.02);

    // A silence that is over: after a code that came late from before it, what remains must be likely.
    static readonly double Likely = Math.Log(0.05);

    readonly double _dark = Math.Log(options.DarkProbability);

    /// <summary>Where silence is looked for. Darkness is a matter of carriers and countries; a prefix is too thin.</summary>
    public static ReadOnlySpan<RouteCell> Watched(PendingSend send) => send.Chain.AsSpan(0, Math.Min(2, send.Chain.Length));

    /// <summary>The usual rate as it is at least, likely: few observations are no reason for an alarm. Nor is one silence, however good the carrier, ever worth more than the most.</summary>
    public static double Careful(BetaCounts rate, double most) => Math.Clamp(rate.Mean - rate.Deviation, 0.01, most);

    public static void Begin(PendingSend send)
    {
        foreach (var cell in Watched(send))
        {
            cell.NoCodes.Add(send.NoCode);
            cell.NoSigns.Add(send.NoSign);
        }
    }

    /// <summary>How much of the codes that will ever come is usually there by now, and of the signs; null leaves these as they are.</summary>
    public static void Set(PendingSend send, double codesBy, double? signsBy)
    {
        Change(send.NoCode, Math.Log(1 - (send.UsualRate * codesBy)), Watched(send), static cell => cell.NoCodes);
        if (signsBy is { } by)
            Change(send.NoSign, Math.Log(1 - (send.UsualSigns * by)), Watched(send), static cell => cell.NoSigns);
    }

    public void Alarm(PendingSend send, DateTimeOffset now)
    {
        foreach (var cell in Watched(send))
        {
            if (cell.NoCodes.LogProbability < _dark || (cell.NoSigns.LogProbability < _dark && cell.NoCodes.LogProbability < NoCodesWithoutSigns))
                health.WentDark(cell.Key.Carrier, cell.Key.Country, now);
        }
    }

    public static void HeardSign(PendingSend send)
    {
        foreach (var cell in Watched(send))
            cell.NoSigns.Heard(send.NewestNumber);
    }

    public void HeardCode(PendingSend send, DateTimeOffset at)
    {
        foreach (var cell in Watched(send))
        {
            if (!cell.NoCodes.Heard(send.NewestNumber))
                continue;

            // A code after a resend may be the first message's, so it does not end the silence of first sends; the other way round it does.
            var other = cells.Find(cell.Key with { OfResends = !send.IsResend });
            if (!send.IsResend)
                other?.NoCodes.Heard(send.NewestNumber);
            if (cell.NoCodes.LogProbability > Likely && !(other?.NoCodes.LogProbability <= Likely))
                health.CameBack(cell.Key.Carrier, cell.Key.Country, at);
        }
    }

    static void Change(Silence silence, double logProbability, ReadOnlySpan<RouteCell> watched, Func<RouteCell, SilenceRun> run)
    {
        foreach (var cell in watched)
            run(cell).Change(silence, logProbability - silence.LogProbability);
        silence.LogProbability = logProbability;
    }
}

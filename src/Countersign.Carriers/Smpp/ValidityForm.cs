using System.Globalization;

namespace Countersign.Carriers.Smpp;

/// <summary>How a centre is told how long to try (SMPP 3.4, 7.1.1).</summary>
enum ValidityForm
{
    /// <summary>The centre's own limit holds.</summary>
    None,

    /// <summary>As long from when the centre gets it.</summary>
    Relative,

    /// <summary>Until a time in UTC.</summary>
    Absolute,
}

static class ValidityPeriods
{
    // A code that is nearly over is tried for a minute, and what never ends for a day: centres refuse what is far off.
    static readonly TimeSpan Least = TimeSpan.FromMinutes(1), Most = TimeSpan.FromDays(1);

    /// <summary>The field validity_period: nothing, or 16 characters.</summary>
    public static string Of(DateTimeOffset expiresAt, DateTimeOffset now, ValidityForm form)
    {
        if (form == ValidityForm.None)
        {
            return "";
        }

        var left = TimeSpan.FromSeconds(Math.Clamp(Math.Floor((expiresAt - now).TotalSeconds), Least.TotalSeconds, Most.TotalSeconds));
        return form == ValidityForm.Relative
            ? string.Create(CultureInfo.InvariantCulture, $"0000{left.Days:00}{left.Hours:00}{left.Minutes:00}{left.Seconds:00}000R")
            : (now + left).UtcDateTime.ToString("yyMMddHHmmss", CultureInfo.InvariantCulture) + "000+";
    }
}

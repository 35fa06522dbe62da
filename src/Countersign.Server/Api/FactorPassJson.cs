using System.Text.Json;
using Countersign.Core.Guard.Challenges;

namespace Countersign.Server.Api;

/// <summary>What a factor that was shown does for the next start of a destination, as an addition to Twilio's answers.</summary>
static class FactorPassJson
{
    /// <summary>Nothing where no destination was named, or the code was wrong.</summary>
    public static void Write(Utf8JsonWriter json, FactorPass? next)
    {
        if (next is not { } pass)
        {
            return;
        }

        json.WriteStartObject("countersign"u8);
        json.WriteStartObject("next_start"u8);
        json.WriteBoolean("is_open"u8, pass.ExpiresIn is not null);
        if (pass.ExpiresIn is { } life)
        {
            json.WriteNumber("expires_in"u8, (int)life.TotalSeconds);
        }
        else if (pass.OpensIn is { } age)
        {
            json.WriteString("reason"u8, "factor_too_new"u8);
            json.WriteString("explanation"u8, "Only a factor that was made at least a day ago stands in for work. Solve the challenge instead."u8);
            json.WriteNumber("opens_in"u8, (int)Math.Ceiling(age.TotalSeconds));
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }
}

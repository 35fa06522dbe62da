using System.Text.Json;
using Countersign.Core.Codes;
using Countersign.Core.Guard.Lines;
using Countersign.Core.Messages;
using Countersign.Core.Numbers;
using Countersign.Core.Privacy;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>What Twilio keeps out of its API: a service's code lifetime, WebOTP host, fallback plan, types of lines and test numbers.</summary>
sealed class ServiceAdminEndpoints(IServiceStore services, DestinationIndex index, TimeProvider time)
{
    static readonly string[] SettingNames = ["code_lifetime_seconds", "web_otp_host", "fallback", "denied_line_types"];
    static readonly string[] TestNumberNames = ["code"];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/v1/services/{service}", AnswerMapping.Answering(FetchAsync));
        routes.MapPost("/admin/v1/services/{service}", AnswerMapping.Answering(UpdateAsync));
        routes.MapGet("/admin/v1/services/{service}/test-numbers", AnswerMapping.Answering(ListTestNumbersAsync));
        routes.MapPut("/admin/v1/services/{service}/test-numbers/{number}", AnswerMapping.Answering(PutTestNumberAsync));
        routes.MapDelete("/admin/v1/services/{service}/test-numbers/{number}", AnswerMapping.Answering(DeleteTestNumberAsync));
    }

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is { } service
            ? new SettingsAnswer(service)
            : ApiErrors.NotFound(context.Request.Path);

    async ValueTask<IResult> UpdateAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, SettingNames, ct);
        if (body is null)
        {
            return error!;
        }

        var lifetime = body.Integer("code_lifetime_seconds", 120, 86_400);
        var host = body.Text("web_otp_host", 1, 253);
        if (host is not null && !Autofill.IsWebOtpHost(host))
        {
            body.Invalid("web_otp_host", "not_a_host", "Must be a host name such as example.com, without scheme, port or path.");
        }

        var fallback = ReadFallback(body);
        var lineTypes = ReadLineTypes(body);
        if (body.Error is not null)
        {
            return body.Error;
        }

        var now = time.GetUtcNow();
        var updated = await services.UpdateAsync(service.Sid, before => before with
        {
            CodeLifetime = lifetime is { } seconds ? TimeSpan.FromSeconds(seconds) : before.CodeLifetime,
            WebOtpHost = body.Has("web_otp_host") ? host : before.WebOtpHost,
            Fallback = fallback ?? before.Fallback,
            Guard = body.Has("denied_line_types") ? before.Guard with { DeniedLineTypes = lineTypes } : before.Guard,
            UpdatedAt = now,
        }, ct);
        return updated is null ? ApiErrors.NotFound(context.Request.Path) : new SettingsAnswer(updated);
    }

    /// <summary>The plan for starts that bring none of their own; null or an empty list takes it away. It names no mailbox: that is only known with the person.</summary>
    static IReadOnlyList<FallbackStep>? ReadFallback(AdminBody body)
    {
        if (!body.Has("fallback"))
        {
            return null;
        }

        var raw = body.Raw("fallback");
        if (raw.ValueKind == JsonValueKind.Null || (raw.ValueKind == JsonValueKind.Array && raw.GetArrayLength() == 0))
        {
            return [];
        }

        var (plan, problem) = FallbackForms.Read(raw, first: null);
        if (problem is null && plan!.Any(step => step.Channel == Core.Channels.Channel.Email))
        {
            problem = "cannot hold email, whose mailbox only a start can name";
        }

        if (problem is not null)
        {
            body.Invalid("fallback", "invalid_plan", $"The fallback plan {problem}.");
        }

        return plan;
    }

    /// <summary>The types of lines that nothing is sent to; null brings the default back.</summary>
    static IReadOnlyList<LineType> ReadLineTypes(AdminBody body)
    {
        if (body.IsNull("denied_line_types"))
        {
            return LineTypes.DeniedByDefault;
        }

        var types = new List<LineType>();
        foreach (var name in body.Texts("denied_line_types", 20, 32) ?? [])
        {
            if (LineTypes.Names.FirstOrDefault(named => named.Name == name) is not { Name: not null } known)
            {
                body.Invalid("denied_line_types", "not_a_choice", $"Each must be one of {string.Join(", ", LineTypes.Names.Select(named => named.Name))}.");
                break;
            }

            if (!types.Contains(known.Type))
            {
                types.Add(known.Type);
            }
        }

        return types;
    }

    async ValueTask<IResult> ListTestNumbersAsync(HttpContext context) =>
        await ServiceLookup.FindAsync(services, context, context.RequestAborted) is { } service
            ? new TestNumbersAnswer(service)
            : ApiErrors.NotFound(context.Request.Path);

    async ValueTask<IResult> PutTestNumberAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var text = (string)context.Request.RouteValues["number"]!;
        if (!PhoneNumber.TryParse(text, out var number, out var problem))
        {
            return ApiErrors.InvalidParameter("number", text, problem.ReasonName, problem.Explanation, problem.Suggestion);
        }

        var (body, error) = await AdminBody.ReadAsync(context.Request, TestNumberNames, ct);
        if (body is null)
        {
            return error!;
        }

        var code = body.Text("code", CodeVault.MinLength, CodeVault.MaxLength);
        if (code is null || !code.All(char.IsAsciiDigit))
        {
            body.Invalid("code", "not_a_code", "A test number needs a code of 4 to 10 digits.");
        }

        if (body.Error is not null)
        {
            return body.Error;
        }

        var key = index.Of(number);
        var entry = new TestNumber(number, new OneTimeCode(code!));
        var updated = await services.UpdateAsync(service.Sid, before => before.TestNumbers.Count >= ServiceLimits.MaxTestNumbers && !before.TestNumbers.ContainsKey(key)
            ? before
            : before with { TestNumbers = new Dictionary<UInt128, TestNumber>(before.TestNumbers) { [key] = entry } }, ct);
        return updated is null ? ApiErrors.NotFound(context.Request.Path)
            : updated.TestNumbers.ContainsKey(key) ? new TestNumbersAnswer(updated)
            : ApiErrors.TooManyRequests(null, "too_many_test_numbers");
    }

    async ValueTask<IResult> DeleteTestNumberAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service
            || !PhoneNumber.TryParse((string)context.Request.RouteValues["number"]!, out var number, out _)
            || index.Of(number) is var key && !service.TestNumbers.ContainsKey(key))
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        await services.UpdateAsync(service.Sid, before => before with
        {
            TestNumbers = before.TestNumbers.Where(entry => entry.Key != key).ToDictionary(),
        }, ct);
        return NoContentAnswer.Instance;
    }

    sealed class SettingsAnswer(VerifyService service) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("sid"u8, service.Sid.ToString());
            json.WriteString("friendly_name"u8, service.FriendlyName);
            json.WriteNumber("code_lifetime_seconds"u8, (int)service.CodeLifetime.TotalSeconds);
            json.WriteString("web_otp_host"u8, service.WebOtpHost);
            json.WriteStartArray("fallback"u8);
            foreach (var step in service.Fallback)
            {
                json.WriteStartObject();
                json.WriteString("channel"u8, Wire.Channel(step.Channel));
                json.WriteNumber("wait"u8, step.WaitSeconds);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("denied_line_types"u8);
            foreach (var type in service.Guard.DeniedLineTypes)
            {
                json.WriteStringValue(LineTypes.NameOf(type));
            }

            json.WriteEndArray();
            json.WriteNumber("test_numbers"u8, service.TestNumbers.Count);
            json.WriteEndObject();
        }
    }

    sealed class TestNumbersAnswer(VerifyService service) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteStartArray("test_numbers"u8);
            foreach (var entry in service.TestNumbers.Values.OrderBy(entry => entry.Number.Reveal(), StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("number"u8, entry.Number.Reveal());
                json.WriteString("code"u8, entry.Code.Reveal());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }
    }
}

using System.Text.Json;
using Countersign.Core;
using Countersign.Core.Delivery;
using Countersign.Server.Api;
using Countersign.Server.Api.Errors;

namespace Countersign.Server.Admin;

/// <summary>What became of one send, and why: which carriers were tried, in which order, what each said.</summary>
sealed class AttemptAdminEndpoints(IAttemptStore attempts)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/admin/v1/attempts/{attempt}", AnswerMapping.Answering(FetchAsync));

    async ValueTask<IResult> FetchAsync(HttpContext context) =>
        Sid.TryParse((string)context.Request.RouteValues["attempt"]!, "VL", out var sid)
        && await attempts.FindAsync(sid, context.RequestAborted) is { } found && found.AccountSid == Caller.Of(context).AccountSid
            ? new AttemptAnswer(found)
            : ApiErrors.NotFound(context.Request.Path, "not_found", "There is no such attempt, or it was not sent yet.");

    sealed class AttemptAnswer(AttemptRecord attempt) : JsonAnswer(StatusCodes.Status200OK)
    {
        protected override void Write(Utf8JsonWriter json)
        {
            json.WriteStartObject();
            json.WriteString("sid"u8, attempt.Sid.ToString());
            json.WriteString("verification_sid"u8, attempt.VerificationSid.ToString());
            json.WriteString("service_sid"u8, attempt.ServiceSid.ToString());
            json.WriteString("channel"u8, Wire.Channel(attempt.Channel));
            json.WriteString("status"u8, DeliveryWords.Of(attempt.Status));
            json.WriteString("carrier"u8, attempt.Carrier);
            json.WriteString("carrier_message_id"u8, attempt.CarrierMessageId);
            json.WriteString("error"u8, attempt.Error is { } error ? DeliveryWords.Of(error) : null);
            json.WriteString("carrier_code"u8, attempt.CarrierCode);
            json.WriteString("route"u8, attempt.Route);
            json.WriteString("locale"u8, attempt.Locale);
            json.WriteNumber("segments"u8, attempt.Segments);
            WriteCharge(json);
            json.WriteStartArray("tries"u8);
            foreach (var tried in TriesOf(attempt))
            {
                WriteTry(json, tried);
            }

            json.WriteEndArray();
            json.WriteNumber("tries_left_out"u8, attempt.TriesLeftOut);
            json.WriteString("date_created"u8, VerificationJson.Date(attempt.CreatedAt));
            json.WriteString("date_updated"u8, VerificationJson.Date(attempt.UpdatedAt));
            json.WriteEndObject();
        }

        void WriteCharge(Utf8JsonWriter json)
        {
            if (attempt.Price is { } price)
            {
                json.WriteNumber("price"u8, price);
            }
            else
            {
                json.WriteNull("price"u8);
            }

            json.WriteString("currency"u8, attempt.Currency);
            json.WriteString("mcc"u8, attempt.MobileCountryCode);
            json.WriteString("mnc"u8, attempt.MobileNetworkCode);
        }

        /// <summary>The tries, and the sandbox's own where it took the message at once, which is not kept. A receipt comes later, and says nothing of when that was.</summary>
        static IReadOnlyList<SendTry> TriesOf(AttemptRecord attempt) =>
            attempt.Tries.Count > 0 || attempt.Carrier != CarrierDirectory.SandboxName ? attempt.Tries
            : [SendTry.OfSandbox(attempt.Status == AttemptStatus.Sent ? attempt.UpdatedAt : attempt.CreatedAt)];

        static void WriteTry(Utf8JsonWriter json, SendTry tried)
        {
            json.WriteStartObject();
            json.WriteString("carrier"u8, tried.Carrier);
            json.WriteString("at"u8, VerificationJson.Date(tried.At));
            json.WriteNumber("milliseconds"u8, tried.Milliseconds);
            json.WriteBoolean("accepted"u8, tried.Error is null);
            json.WriteString("error"u8, tried.Error is { } error ? DeliveryWords.Of(error) : null);
            json.WriteString("carrier_code"u8, tried.CarrierCode);
            json.WriteString("why_this_carrier"u8, tried.Reason.Length > 0 ? tried.Reason : SendTry.SandboxReason); // Empty was only ever the sandbox's, in rows of before.
            json.WriteEndObject();
        }
    }
}

/// <summary>Our values in the admin API's words.</summary>
static class DeliveryWords
{
    public static string Of(AttemptStatus status) => JsonNamingPolicy.SnakeCaseLower.ConvertName(status.ToString());

    public static string Of(Core.Delivery.Errors.DeliveryError error) => Core.Delivery.Errors.DeliveryErrors.NameOf(error);
}

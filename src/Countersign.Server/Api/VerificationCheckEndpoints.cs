using System.Runtime.CompilerServices;
using Countersign.Core.Services;
using Countersign.Core.Verifications;
using Countersign.Server.Api.Errors;
using Countersign.Server.Api.Forms;

namespace Countersign.Server.Api;

/// <summary>Checks of what a person typed.</summary>
sealed class VerificationCheckEndpoints(IServiceStore services, CheckVerification check, OpenChannels channels)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v2/Services/{service}/VerificationCheck", AnswerMapping.Answering(CheckAsync));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    async ValueTask<IResult> CheckAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (await ServiceLookup.FindAsync(services, context, ct) is not { } service)
        {
            return ApiErrors.NotFound(context.Request.Path);
        }

        var read = await FormReader.ReadAsync(context.Request, ct);
        if (!read.TryGet(out var form, out var error))
        {
            return error;
        }

        if (!VerificationForms.TryBindCheck(form, service, out var command, out error))
        {
            return error;
        }

        return await check.RunAsync(command, ct) switch
        {
            CheckVerificationResult.Checked done => new VerificationCheckAnswer(
                done.Verification, done.Now, channels.Of(service, done.Verification)),
            CheckVerificationResult.NotFound none => ApiErrors.NotFound(context.Request.Path, Wire.Reason(none.Reason), Wire.Explanation(none.Reason)),
            CheckVerificationResult.ChecksExhausted refused => ApiErrors.MaxChecks(refused.RetryIn),
            CheckVerificationResult.AmountAndPayeeRequired => ApiErrors.AmountPayeeRequired(),
            var other => throw new InvalidOperationException($"No answer for {other.GetType().Name}."),
        };
    }
}
